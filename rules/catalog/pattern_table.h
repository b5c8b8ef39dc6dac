// Token rules as the matcher sees them.
#pragma once

#include <deque>
#include <span>
#include <string_view>
#include <vector>

#include "rules/catalog/provider.h"
#include "scanner/match/pattern.h"

namespace overreach {

/// Patterns made at run time, and the lists of literals they point at. The strings are
/// borrowed from the providers added, which must stay where they are.
class PatternTable {
 public:
  void add(const Provider& provider);
  /// A pattern made elsewhere; everything it points at is borrowed.
  void add(const Pattern& pattern) { patterns_.push_back(pattern); }

  std::span<const Pattern> patterns() const { return patterns_; }

 private:
  std::vector<Pattern> patterns_;
  std::deque<std::vector<std::string_view>> literals_;
};

}  // namespace overreach
