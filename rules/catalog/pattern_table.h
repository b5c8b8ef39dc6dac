// Token rules as the matcher sees them.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string_view>
#include <vector>

#include "rules/catalog/provider.h"
#include "scanner/match/pattern.h"

namespace overreach {

/// Which rules are awake.
enum class Depth : std::uint8_t {
  usual,     // what is reported without being asked for
  thorough,  // loose shapes and keys that are made to be public, too
};

/// A rule that is reported only when asked for.
bool is_quiet(const TokenRule& rule);

/// Patterns made at run time, and the lists of literals they point at. The strings are
/// borrowed from the providers added, which must stay where they are.
class PatternTable {
 public:
  /// A rule that `depth` leaves asleep has a pattern too, so that places in the table stay the same, but no literals.
  explicit PatternTable(Depth depth = Depth::thorough) : depth_(depth) {}

  void add(const Provider& provider);
  /// A pattern made elsewhere; everything it points at is borrowed.
  void add(const Pattern& pattern) { patterns_.push_back(pattern); }

  std::span<const Pattern> patterns() const { return patterns_; }

 private:
  Depth depth_;
  std::vector<Pattern> patterns_;
  std::deque<std::vector<std::string_view>> literals_;
};

}  // namespace overreach
