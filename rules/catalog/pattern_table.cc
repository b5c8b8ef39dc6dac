#include "rules/catalog/pattern_table.h"

namespace overreach {
namespace {

struct Wake {
  Pattern::Anchor anchor;
  const std::vector<std::string>& literals;
};

/// The schema sees to it that exactly one of the three is there.
Wake wake_of(const TokenRule& rule) {
  if (!rule.prefix.empty()) return {Pattern::Anchor::prefix, rule.prefix};
  if (!rule.inside.empty()) return {Pattern::Anchor::inside, rule.inside};
  return {Pattern::Anchor::context, rule.near};
}

}  // namespace

void PatternTable::add(const Provider& provider) {
  for (const TokenRule& rule : provider.tokens) {
    const Wake wake = wake_of(rule);
    const auto& literals = literals_.emplace_back(wake.literals.begin(), wake.literals.end());
    patterns_.push_back({.id = rule.id,
                         .literals = literals,
                         .regex = rule.pattern,
                         .anchor = wake.anchor,
                         .before = rule.before,
                         .after = rule.after,
                         .max_length = rule.max_length});
  }
}

}  // namespace overreach
