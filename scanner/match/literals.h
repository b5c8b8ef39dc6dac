// The literals of all patterns, as Hyperscan databases.
#pragma once

#include <hs/hs.h>

#include <array>
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

/// Literals that are looked for together.
enum class LiteralGroup : std::uint8_t {
  everywhere,
  gated,       // in reach of a long word (decode/gate.h)
  companions,  // near a match of another rule
};
constexpr std::size_t kLiteralGroups = 3;

/// What stands for all literals that end in it: the schemes of URLs are many, and `://` is rarer than its parts.
constexpr std::string_view kSharedTail = "://";

/// Distinct literals, and which patterns each of them wakes: in lower case where a pattern wants it in any case, as
/// written where none does. A literal that patterns of two groups have is there twice. The order follows from the
/// patterns alone, so a database compiled at build time fits the table made at run time.
class LiteralTable {
 public:
  explicit LiteralTable(std::span<const Pattern> patterns);

  std::size_t size() const { return literals_.size(); }
  std::string_view literal(std::uint32_t id) const { return literals_[id].text; }
  LiteralGroup group(std::uint32_t id) const { return literals_[id].group; }
  /// A hit of this id is one of kSharedTail: it is one of those literals whose text ends there.
  std::uint32_t tail_id() const { return static_cast<std::uint32_t>(literals_.size()); }
  /// Calls visit(id) for each literal of `group` that `text`, which ends in kSharedTail, ends in.
  template <class Visit>
  void at_tail(LiteralGroup group, std::string_view text, const Visit& visit) const {
    for (const std::uint32_t id : tails_)
      if (literals_[id].group == group && ends_in(text, literals_[id])) visit(id);
  }
  /// Length of the longest literal in bytes; 1 when there is none.
  std::size_t longest() const { return longest_; }
  /// Pattern indices, ascending.
  std::span<const std::uint32_t> patterns_of(std::uint32_t id) const;

  /// Compiles the literals of one group for any x86-64 CPU. Null when it has none. Throws RuleError.
  Database compile(LiteralGroup group) const;

 private:
  struct Literal {
    LiteralGroup group = LiteralGroup::everywhere;
    std::string text;
    bool as_written = false;
    auto operator<=>(const Literal&) const = default;
  };
  static bool ends_in(std::string_view text, const Literal& literal);

  std::vector<Literal> literals_;
  std::vector<std::uint32_t> tails_;  // literals that end in kSharedTail
  std::size_t longest_ = 1;
  std::vector<std::uint32_t> first_;  // patterns_ of literal i: [first_[i], first_[i + 1])
  std::vector<std::uint32_t> patterns_;
};

}  // namespace overreach
