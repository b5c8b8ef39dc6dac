// One pass over the text with vector instructions gives three bits for each byte (classes.h); what could be
// encoded is looked at more closely:
//
//   runs of 24 and more characters of base64    dense.h
//   '\' and '%' that could hide something       clusters of them, here
//   zeros that alternate with text              wide.h
//
// Why the work is linear. The pass reads each byte once. A run is looked at once from left to right, whatever comes
// of it: tests of base64 at four phases read n characters, tests of hex two times n. An escape is looked
// at in constant time, and the word behind it ends at the next escape. Regions of one encoding do not overlap but for
// contexts, which end at the region before, and for windows, which share one byte in eight; of base64 two phases are
// decoded at most. And nothing grows when it is decoded, but for gzip, which has a limit of its own.
#include "scanner/match/decode/find.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "scanner/match/decode/classes.h"
#include "scanner/match/decode/dense.h"
#include "scanner/match/decode/escapes.h"
#include "scanner/match/decode/text_units.h"
#include "scanner/match/decode/wide.h"
#include "scanner/match/decode/window.h"

namespace overreach {
namespace {

constexpr std::size_t kBlocks = 64;          // of a chunk that is classified at a time
constexpr std::uint64_t kEscapeReach = 160;  // bytes right of an escape that are looked at

/// Escapes of one kind that stand close together on a line.
class EscapeFinder {
 public:
  EscapeFinder(std::string_view text, Encoding how, const VisitRegion& visit) : text_(text), how_(how), visit_(visit) {}

  void escape(std::uint64_t at) {
    if (open_ && !joins(at)) flush();
    if (!open_) cluster_ = {at, at};
    open_ = true;
    const std::uint64_t most = std::min<std::uint64_t>(text_.size(), at + kEscapeReach);
    const void* found = std::memchr(text_.data() + at, '\n', most - at);
    const std::uint64_t reach =
        found == nullptr ? most : static_cast<std::uint64_t>(static_cast<const char*>(found) - text_.data());
    cluster_.end = std::max({cluster_.end, reach, word_end(text_, at + 1)});
  }

  void flush() {
    if (!open_) return;
    open_ = false;
    std::uint64_t context = context_begin(text_, cluster_.begin);
    if (last_end_ > context && line_begin(text_, cluster_.begin, context) <= last_end_) context = last_end_;
    last_end_ = cluster_.end;
    for_each_window({context, cluster_.end}, [&](Span window, Span owned) {
      Region region;
      region.how = how_;
      region.context = window;
      region.span = {std::max(window.begin, cluster_.begin), window.end};
      region.owned = owned;
      visit_(region);
    });
  }

 private:
  /// On the same line, and so near that the context of the one would reach the other.
  bool joins(std::uint64_t at) const {
    if (at <= cluster_.end) return true;
    return at - cluster_.end <= kContextBefore &&
           std::memchr(text_.data() + cluster_.end, '\n', at - cluster_.end) == nullptr;
  }

  std::string_view text_;
  Encoding how_;
  const VisitRegion& visit_;
  bool open_ = false;
  Span cluster_;
  std::uint64_t last_end_ = 0;
};

/// One pass from left to right.
class Sweep {
 public:
  Sweep(std::string_view text, const VisitRegion& visit)
      : text_(text),
        dense_(text, visit),
        wide_(text, visit),
        percent_(text, Encoding::percent, visit),
        backslash_(text, Encoding::escapes, visit) {}

  void run(Span part) {
    std::array<ClassMask, kBlocks> masks;
    for (std::uint64_t at = part.begin; at < part.end; at += kBlocks * kMaskBytes) {
      const std::string_view chunk = text_.substr(at, std::min<std::uint64_t>(kBlocks * kMaskBytes, part.end - at));
      classify(chunk, masks.data());
      const std::size_t blocks = (chunk.size() + kMaskBytes - 1) / kMaskBytes;
      for (std::size_t i = 0; i < blocks; ++i) block(at + i * kMaskBytes, masks[i]);
    }
    if (open_) end_run(part.end);
    percent_.flush();
    backslash_.flush();
  }

 private:
  void block(std::uint64_t at, const ClassMask& mask) {
    words(at, mask.word);
    for (std::uint64_t bits = mask.escape; bits != 0; bits &= bits - 1) {
      const std::uint64_t place = at + static_cast<unsigned>(std::countr_zero(bits));
      if (place >= escaped_ && hides(text_, place)) (text_[place] == '%' ? percent_ : backslash_).escape(place);
      // The second backslash of a pair begins nothing.
      if (text_[place] == '\\' && place >= escaped_ && text_.substr(place + 1).starts_with('\\')) escaped_ = place + 2;
    }
    if (mask.nul != 0 && mask.nul != ~std::uint64_t{0}) wide_.block(at, mask.nul);
  }

  /// Finds runs of set bits, 24 and longer, also over several blocks.
  void words(std::uint64_t at, std::uint64_t bits) {
    if (open_) {
      const auto length = static_cast<unsigned>(std::countr_one(bits));
      if (length == 64) return;
      end_run(at + length);
      bits &= ~std::uint64_t{0} << length;
    }
    // Bit i stays set when a run of 24 begins there.
    std::uint64_t long_runs = bits & (bits >> 1U);
    long_runs &= long_runs >> 2U;
    long_runs &= long_runs >> 4U;
    long_runs &= long_runs >> 8U;
    long_runs &= long_runs >> 8U;
    while (long_runs != 0) {
      const auto begin = static_cast<unsigned>(std::countr_zero(long_runs));
      const unsigned end = begin + static_cast<unsigned>(std::countr_one(bits >> begin));
      if (end >= 64) break;
      dense_.run(at + begin, at + end);
      long_runs &= ~std::uint64_t{0} << end;
    }
    const auto tail = static_cast<unsigned>(std::countl_one(bits));
    if (tail == 0) return;
    open_ = true;
    begin_ = at + 64 - tail;
  }

  void end_run(std::uint64_t end) {
    open_ = false;
    if (end - begin_ >= kShortestRun) dense_.run(begin_, end);
  }

  std::string_view text_;
  DenseFinder dense_;
  WideFinder wide_;
  EscapeFinder percent_, backslash_;
  bool open_ = false;        // a run goes on
  std::uint64_t begin_ = 0;  // where it began
  std::uint64_t escaped_ = 0;
};

}  // namespace

void find_regions(std::string_view text, Span part, const VisitRegion& visit) { Sweep(text, visit).run(part); }

void view_region(std::string_view text, const Region& region, View& view) {
  view.clear();
  switch (region.how) {
    case Encoding::base64:
    case Encoding::hex:
      return view_dense(text, region, view);
    case Encoding::percent:
    case Encoding::escapes:
      return view_escapes(text, region, view);
    case Encoding::utf16:
    case Encoding::utf32:
      return view_wide(text, region, view);
  }
}

}  // namespace overreach
