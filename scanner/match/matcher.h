// Finds candidates: Hyperscan finds the literals, RE2 confirms in a window round each.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/base/result.h"
#include "scanner/match/pattern.h"

namespace overreach {

/// Serialised Hyperscan databases of all literals of `patterns`, for any x86-64 CPU.
/// Throws RuleError when a literal cannot be compiled.
std::string compile_literals(std::span<const Pattern> patterns);

/// Throws RuleError unless both engines take the pattern.
void check_pattern(const Pattern& pattern);

/// Finds every match of every pattern in a block of bytes.
///
/// Shared and const: any number of threads may scan at once, each with its own Scratch.
/// Time is linear in the bytes times the rules whose literals occur: overlapping
/// windows of one rule are merged before RE2 sees them.
class Matcher {
 public:
  /// Per-thread working memory. Not shareable.
  class Scratch {
   public:
    Scratch(Scratch&&) noexcept;
    Scratch& operator=(Scratch&&) noexcept;
    ~Scratch();

    /// Bytes that were searched for literals with this scratch.
    std::uint64_t searched() const;

   private:
    friend class Matcher;
    struct Impl;
    explicit Scratch(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
  };

  /// `database` comes from compile_literals(patterns); empty: compiled now.
  /// `patterns` is borrowed and must outlive the matcher.
  explicit Matcher(std::span<const Pattern> patterns, std::string_view database = {});
  ~Matcher();
  Matcher(const Matcher&) = delete;
  Matcher& operator=(const Matcher&) = delete;

  Scratch scratch() const;

  /// What a scan found on its way to the candidates; lets a scan of a derived block skip what was copied.
  struct Trace {
    struct Hit {
      std::uint64_t end = 0;      // where the literal ends
      std::uint32_t literal = 0;  // index into the literal table
      auto operator<=>(const Hit&) const = default;
    };
    struct Window {
      std::uint32_t rule = 0;
      Span span;
      auto operator<=>(const Window&) const = default;
    };
    std::vector<Hit> hits;              // sorted
    std::vector<Window> windows;        // sorted; merged windows of context and inside rules
    std::vector<Candidate> candidates;  // sorted
  };

  /// A part of a block that was copied from its base.
  struct Copied {
    Span span;               // in the block
    std::uint64_t from = 0;  // offset in the base
  };

  /// Appends the candidates of `bytes` to `out`, sorted by (begin, end, rule), without duplicates. Candidates of
  /// companions are those near a candidate that has companions.
  void scan(std::string_view bytes, Scratch& scratch, std::vector<Candidate>& out) const;

  /// The same for all patterns, wherever they match: for texts that hold nothing but a companion.
  void scan_for_all(std::string_view bytes, Scratch& scratch, std::vector<Candidate>& out) const;

  /// The same as scan() but for companions, and keeps the trace: trace.candidates are the candidates. `gates`: what
  /// find_gates() says of all of `bytes`.
  void scan(std::string_view bytes, std::span<const Span> gates, Scratch& scratch, Trace& trace) const;
  void scan(std::string_view bytes, Scratch& scratch, Trace& trace) const;

  /// The trace of a block that derives from one with trace `base`, `base_size` bytes long: equal to that of
  /// scan(), in time that grows with the bytes that were not copied. `copied` is sorted and disjoint; the rest of
  /// `bytes` is new.
  void scan_derived(std::string_view bytes, std::span<const Copied> copied, const Trace& base, std::uint64_t base_size,
                    Scratch& scratch, Trace& trace) const;

  /// Adds the companions to the candidates of a trace: then they are those of scan().
  void add_companions(std::string_view bytes, Scratch& scratch, std::vector<Candidate>& candidates) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace overreach
