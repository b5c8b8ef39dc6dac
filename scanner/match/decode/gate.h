// Where a long word stands.
//
// Most rules tell a credential by a long word near a literal: `ghp_` and 36 letters and digits, `railway` and a UUID.
// Long words are few, also in code, and vector instructions find them at a multiple of the speed at which thousands of
// literals can be looked for. So the literals of such rules are looked for round the long words only.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "scanner/base/long_word.h"
#include "scanner/base/span.h"
#include "scanner/match/decode/classes.h"

namespace overreach {

/// Says where runs of bits grow to `Length`, 64 after 64 and without a branch.
template <unsigned Length>
class LongRuns {
 public:
  /// Bit i: bit i of `word` is the Length-th of a run, or one after it.
  std::uint64_t step(std::uint64_t word) {
    std::uint64_t bits = word;
    std::uint64_t all = ~std::uint64_t{0};
    unsigned passed = 0;
    // A run of Length is made of runs of powers of two, one behind the other.
    for (unsigned power = 0; (Length >> power) != 0; ++power) {
      if (((Length >> power) & 1U) != 0) {
        all &= passed == 0 ? bits : moved(bits, before_[power], passed);
        passed += 1U << power;
      }
      const std::uint64_t next = bits & moved(bits, before_[power], 1U << power);
      before_[power] = bits;
      bits = next;
    }
    return all;
  }

 private:
  static_assert(Length < 64);
  /// The bits of `count` places before, some of which stand in the 64 before.
  static std::uint64_t moved(std::uint64_t bits, std::uint64_t before, unsigned count) {
    return bits << count | before >> (64 - count);
  }
  std::array<std::uint64_t, 6> before_{};
};

/// Finds the parts of a span that are in reach of a long word, from its bytes' classes.
class GateFinder {
 public:
  /// Appends to `out`, sorted and disjoint.
  GateFinder(Span part, std::vector<Span>& out) : part_(part), out_(out) {}

  /// The next 64 bytes, which begin at `at`.
  void block(std::uint64_t at, const ClassMask& mask) {
    const std::uint64_t plains = plain_.step(mask.plain), words = word_.step(mask.token);
    if ((plains | words) != 0) open(at, plains, words);
  }

 private:
  void open(std::uint64_t at, std::uint64_t plains, std::uint64_t words);

  Span part_;
  std::vector<Span>& out_;
  LongRuns<kLongPlain> plain_;
  LongRuns<kLongWord> word_;
};

/// Appends to `out` the parts of `part` that are in reach of a long word of `text`: sorted, disjoint. It is the same
/// whatever else is asked for: whether a byte is in reach depends on the kGateReach bytes round it.
/// Linear; several bytes per cycle.
void find_gates(std::string_view text, Span part, std::vector<Span>& out);

}  // namespace overreach
