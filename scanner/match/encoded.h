// Candidates in encoded text: decoders and matcher together.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "scanner/match/decode/find.h"
#include "scanner/match/decode/region.h"
#include "scanner/match/matcher.h"
#include "scanner/match/pattern.h"

namespace overreach {

/// Encodings inside each other that are undone.
constexpr unsigned kMostLayers = 3;

/// One text that was decoded, and what the matcher sees in it. Borrowed: valid during the visit only.
struct EncodedText {
  const EncodedText* parent = nullptr;  // the text that this one stood in; null: the block itself
  unsigned layer = 1;                   // 1: stood in the block itself
  const Region* region = nullptr;       // in the parent's text
  const View* view = nullptr;
  std::span<const Candidate> candidates;  // in text(), sorted

  std::string_view text() const { return view->text; }
  /// Where `span` of text() stands in the parent's text.
  Span in_parent(Span span) const { return view->source_of(span); }
  /// Where it stands in the block.
  Span in_block(Span span) const;
  /// "base64", "gzip": outermost first.
  std::vector<std::string> via() const;
};

/// Finds candidates in encoded text. Shared and const, like the matcher.
///
/// Work is linear: beside the pass that finds regions (decode/find.cc), at most kMostGrowing bytes are decoded and
/// matched for each byte of a region, over all layers. A region that asks for more says so (Region::limited).
class EncodedScanner {
 public:
  static constexpr std::uint64_t kMostGrowing = 48;
  static constexpr std::uint64_t kAlwaysAllowed = 64 << 10;  // bytes decoded whatever the size of the region

  /// Per-thread working memory.
  struct Scratch {
    explicit Scratch(const Matcher& of) : matcher(of.scratch()) {}
    Matcher::Scratch matcher;
    std::array<View, kMostLayers> views;
    std::array<std::vector<Candidate>, kMostLayers> candidates;
    std::uint64_t decoded = 0;  // bytes that were decoded and matched, ever: for tests and --stats
  };

  explicit EncodedScanner(const Matcher& matcher) : matcher_(matcher) {}

  /// The regions of `bytes` that hold a candidate, or that hit a limit; sorted.
  void scan(std::string_view bytes, Scratch& scratch, std::vector<Region>& out) const;

  /// The same, and appends what find_gates() says of `bytes` to `gates`: one pass over the bytes for both.
  void scan(std::string_view bytes, Scratch& scratch, std::vector<Region>& out, std::vector<Span>& gates) const;

  /// The same for a block that derives from one with the regions `base`, `base_size` bytes long: equal to scan(). Reads
  /// the lines that have a new byte (and those that wrapped base64 joins them to) and no other.
  void scan_derived(std::string_view bytes, std::span<const Matcher::Copied> copied, std::span<const Region> base,
                    std::uint64_t base_size, Scratch& scratch, std::vector<Region>& out) const;

  using Visit = std::function<void(const EncodedText&)>;
  /// Decodes `regions` of `bytes` again and calls `visit` for each text in them, a text before those inside it.
  void read(std::string_view bytes, std::span<const Region> regions, Scratch& scratch, const Visit& visit) const;

 private:
  struct Descent;
  VisitRegion keeper(std::string_view bytes, Scratch& scratch, std::vector<Region>& out) const;

  const Matcher& matcher_;
};

}  // namespace overreach
