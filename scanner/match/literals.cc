#include "scanner/match/literals.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

#include "scanner/base/result.h"

namespace overreach {
namespace {

using CompileError = Handle<hs_compile_error_t, hs_free_compile_error>;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

LiteralGroup group_of(const Pattern& pattern) {
  if (pattern.companion) return LiteralGroup::companions;
  return pattern.gated ? LiteralGroup::gated : LiteralGroup::everywhere;
}

}  // namespace

LiteralTable::LiteralTable(std::span<const Pattern> patterns) {
  std::set<std::pair<LiteralGroup, std::string>> in_any_case;
  for (const Pattern& pattern : patterns)
    if (!pattern.as_written)
      for (const std::string_view literal : pattern.literals) in_any_case.emplace(group_of(pattern), lower(literal));
  std::vector<std::pair<Literal, std::uint32_t>> pairs;
  for (std::uint32_t rule = 0; rule < patterns.size(); ++rule) {
    const LiteralGroup group = group_of(patterns[rule]);
    for (const std::string_view literal : patterns[rule].literals) {
      std::string lowered = lower(literal);
      const bool as_written = patterns[rule].as_written && !in_any_case.contains({group, lowered});
      pairs.emplace_back(Literal{group, as_written ? std::string(literal) : std::move(lowered), as_written}, rule);
    }
  }
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  for (auto& [literal, rule] : pairs) {
    if (literals_.empty() || literals_.back() != literal) {
      literals_.push_back(std::move(literal));
      longest_ = std::max(longest_, literals_.back().text.size());
      first_.push_back(static_cast<std::uint32_t>(patterns_.size()));
    }
    patterns_.push_back(rule);
  }
  first_.push_back(static_cast<std::uint32_t>(patterns_.size()));
  for (std::uint32_t id = 0; id < literals_.size(); ++id)
    if (literals_[id].text.ends_with(kSharedTail)) tails_.push_back(id);
}

bool LiteralTable::ends_in(std::string_view text, const Literal& literal) {
  if (text.size() < literal.text.size()) return false;
  text.remove_prefix(text.size() - literal.text.size());
  if (literal.as_written) return text == literal.text;
  const auto same = [](char a, char b) { return a == b || (a >= 'A' && a <= 'Z' && a - 'A' + 'a' == b); };
  return std::equal(text.begin(), text.end(), literal.text.begin(), same);
}

std::span<const std::uint32_t> LiteralTable::patterns_of(std::uint32_t id) const {
  return std::span(patterns_).subspan(first_[id], first_[id + 1] - first_[id]);
}

Database LiteralTable::compile(LiteralGroup group) const {
  std::vector<const char*> text;
  std::vector<unsigned> flags, ids;
  std::vector<std::size_t> lengths;
  const auto ends_in_tail = [&](std::uint32_t id) { return literals_[id].group == group; };
  if (std::any_of(tails_.begin(), tails_.end(), ends_in_tail)) {
    flags.push_back(0);
    ids.push_back(tail_id());
    text.push_back(kSharedTail.data());
    lengths.push_back(kSharedTail.size());
  }
  for (unsigned id = 0; id < literals_.size(); ++id) {
    const Literal& literal = literals_[id];
    if (literal.group != group || literal.text.ends_with(kSharedTail)) continue;
    flags.push_back(literal.as_written ? 0 : HS_FLAG_CASELESS);
    ids.push_back(id);
    text.push_back(literal.text.data());
    lengths.push_back(literal.text.size());
  }
  if (text.empty()) return nullptr;
  // No CPU features: the database must load wherever the binary runs, and the literal
  // engine chosen for hundreds of literals does not use them.
  const hs_platform_info_t any_cpu{};
  hs_database_t* database = nullptr;
  hs_compile_error_t* error = nullptr;
  const hs_error_t status =
      hs_compile_lit_multi(text.data(), flags.data(), ids.data(), lengths.data(), static_cast<unsigned>(text.size()),
                           HS_MODE_BLOCK, &any_cpu, &database, &error);
  const CompileError owned(error);
  if (status != HS_SUCCESS) {
    const bool known = error != nullptr && error->expression >= 0;
    throw RuleError("literal " +
                    (known ? "'" + std::string(text[static_cast<std::size_t>(error->expression)]) + "'" : "table") +
                    " cannot be compiled: " + (error != nullptr ? error->message : "out of memory"));
  }
  return Database(database);
}

}  // namespace overreach
