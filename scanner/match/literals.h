// The literals of all patterns, as one Hyperscan database.
#pragma once

#include <hs/hs.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/base/handle.h"
#include "scanner/match/pattern.h"

namespace overreach {

using Database = Handle<hs_database_t, hs_free_database>;
using HsScratch = Handle<hs_scratch_t, hs_free_scratch>;

/// Distinct literals, and which patterns each of them wakes: in lower case where a pattern wants it in any case, as
/// written where none does. The order follows from the patterns alone, so a database compiled at build time fits the
/// table made at run time.
class LiteralTable {
 public:
  explicit LiteralTable(std::span<const Pattern> patterns);

  std::size_t size() const { return literals_.size(); }
  std::string_view literal(std::uint32_t id) const { return literals_[id].text; }
  /// Length of the longest literal in bytes; 1 when there is none.
  std::size_t longest() const { return longest_; }
  /// Pattern indices, ascending.
  std::span<const std::uint32_t> patterns_of(std::uint32_t id) const;

  /// Compiles for any x86-64 CPU. Null when there is no literal. Throws RuleError.
  Database compile() const;

 private:
  struct Literal {
    std::string text;
    bool as_written = false;
    auto operator<=>(const Literal&) const = default;
  };
  std::vector<Literal> literals_;
  std::size_t longest_ = 1;
  std::vector<std::uint32_t> first_;  // patterns_ of literal i: [first_[i], first_[i + 1])
  std::vector<std::uint32_t> patterns_;
};

}  // namespace overreach
