#include "rules/catalog/pattern_table.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "rules/catalog/assignment.h"
#include "rules/catalog/sure_run.h"
#include "scanner/base/long_word.h"

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

/// True when the pattern has every literal letter by letter and a flag that makes it ignore case is nowhere in it.
bool has_as_written(std::string_view pattern, const std::vector<std::string>& literals) {
  std::string plain;  // without backslashes
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') continue;
    plain += pattern[i];
    if (!pattern.substr(i).starts_with("(?")) continue;
    const std::string_view flags = pattern.substr(i + 2);
    if (flags.substr(0, flags.find_first_of(":)<P")).find('i') != std::string_view::npos) return false;
  }
  return std::all_of(literals.begin(), literals.end(),
                     [&](const std::string& literal) { return plain.find(literal) != std::string::npos; });
}

/// True when each match of the rule has a long word so near that a gate opens at every literal that wakes it.
bool is_gated(const TokenRule& rule, const Wake& wake) {
  const std::optional<SureWord> word = sure_word(rule.pattern);
  if (!word) return false;
  if (word->whole && wake.anchor != Pattern::Anchor::context) return true;
  std::size_t longest = 0;
  for (const std::string& literal : wake.literals) longest = std::max(longest, literal.size());
  const bool context = wake.anchor == Pattern::Anchor::context;
  // The value of an assignment is the word, however long it is.
  const std::size_t left = rule.named ? kAssignmentReach
                           : context  ? rule.after + longest - std::min<std::size_t>(longest, word->length)
                                      : word->at;
  const std::size_t right = (wake.anchor == Pattern::Anchor::prefix ? 0 : rule.before) + longest;
  return left <= kGateBefore && right <= word->length + kGateAfter;
}

/// In how many lines the companions of the rule stand; 0 if it has none.
std::uint32_t companion_lines(const TokenRule& rule) {
  std::uint32_t lines = 0;
  for (const CompanionRule& companion : rule.companions) lines = std::max(lines, companion.within_lines + 1);
  return lines;
}

/// Whether a rule that is reported needs this one beside it.
bool is_needed(const TokenRule& rule, const Provider& provider) {
  return std::any_of(provider.tokens.begin(), provider.tokens.end(), [&](const TokenRule& owner) {
    return !is_quiet(owner) && std::any_of(owner.companions.begin(), owner.companions.end(),
                                           [&](const CompanionRule& companion) { return companion.rule == rule.id; });
  });
}

}  // namespace

bool is_quiet(const TokenRule& rule) { return rule.confidence == "possible" || rule.sensitivity == "publishable"; }

void PatternTable::add(const Provider& provider) {
  for (const TokenRule& rule : provider.tokens) {
    const Wake wake = wake_of(rule);
    auto& literals = literals_.emplace_back(wake.literals.begin(), wake.literals.end());
    const bool asleep = is_quiet(rule) && !is_needed(rule, provider);
    if (depth_ == Depth::usual && asleep) literals.clear();
    patterns_.push_back(
        {.id = rule.id,
         .literals = literals,
         .regex = rule.pattern,
         .anchor = wake.anchor,
         .before = rule.before,
         .after = rule.after,
         .max_length = rule.max_length,
         .run = sure_run(rule.pattern),
         .as_written = wake.anchor != Pattern::Anchor::context && has_as_written(rule.pattern, wake.literals),
         .gated = is_gated(rule, wake),
         .companion = rule.only_as_companion,
         .companion_lines = companion_lines(rule)});
  }
}

}  // namespace overreach
