#include "rules/catalog/check.h"

#include <re2/re2.h>

#include <algorithm>
#include <memory>

#include "rules/catalog/schema_words.h"
#include "scanner/base/result.h"

namespace overreach {
namespace {

class Trial {
 public:
  Trial(const Provider& provider, std::span<const Pattern> patterns, const Matcher& matcher, const ExampleTrial& trial)
      : provider_(provider), patterns_(patterns), matcher_(matcher), scratch_(matcher.scratch()), trial_(trial) {}

  std::vector<ExampleProblem> run() {
    for (std::size_t i = 0; i < provider_.tokens.size(); ++i) {
      begin(provider_.tokens[i], "/tokens/" + std::to_string(i));
      try {
        check_pattern(*pattern_);
        check_alone();
        for (std::size_t k = 0; k < rule_->examples.size(); ++k) check_example(k);
        for (std::size_t k = 0; k < rule_->non_examples.size(); ++k) check_non_example(k);
      } catch (const RuleError& e) {
        add("/pattern", e.what());
      }
    }
    return std::move(problems_);
  }

 private:
  void begin(const TokenRule& rule, std::string pointer) {
    rule_ = &rule;
    pointer_ = std::move(pointer);
    const auto it = std::find_if(patterns_.begin(), patterns_.end(), [&](const Pattern& p) { return p.id == rule.id; });
    if (it == patterns_.end()) throw RuleError(rule.id + " is not among the patterns");
    pattern_ = &*it;
    compiled_ = std::make_unique<re2::RE2>(rule.pattern, re2::RE2::Quiet);
    index_ = static_cast<std::uint32_t>(it - patterns_.begin());
  }

  void add(const std::string& below, std::string message) {
    problems_.push_back({rule_->id, pointer_ + below, readable_path(pointer_ + below) + ": " + std::move(message)});
  }

  /// The texts in which the matcher sees this rule.
  std::vector<std::string_view> matches(std::string_view text) {
    std::vector<Candidate> candidates;
    matcher_.scan_for_all(text, scratch_, candidates);
    std::vector<std::string_view> out;
    for (const Candidate& candidate : candidates)
      if (candidate.rule == index_) out.push_back(candidate.span.of(text));
    return out;
  }

  /// A value on a line of its own must be found unless the rule needs a word near by: else a
  /// literal is missing, or the window or `max_length` is too small for what the pattern allows.
  void check_alone() {
    constexpr std::uint64_t kDraws = 20;
    if (pattern_->anchor == Pattern::Anchor::context) return;
    for (std::uint64_t seed = 0; seed < kDraws; ++seed) {
      const std::string value = sample(rule_->pattern, seed);
      if (!matches("\n" + value + "\n").empty()) continue;
      const std::string length = std::to_string(value.size());
      add("/pattern", value.size() > rule_->max_length
                          ? "it matches texts of " + length + " bytes, more than max_length"
                          : "it matches texts that no literal of the rule wakes, such as one that begins with \"" +
                                value.substr(0, 4) + "\"");
      return;
    }
  }

  void check_example(std::size_t k) {
    const std::string& example = rule_->examples[k];
    for (unsigned seed = 0; seed < trial_.seeds; ++seed) {
      const Filled filled = fill(example, *rule_, provider_, seed, trial_.repair);
      const std::string why = why_missed(filled);
      if (why.empty()) continue;
      add("/examples/" + std::to_string(k), why);
      return;
    }
  }

  /// Empty when the example does what it should.
  std::string why_missed(const Filled& filled) {
    const std::vector<std::string_view> found = matches(filled.text);
    if (found.empty())
      return re2::RE2::PartialMatch(filled.text, *compiled_)
                 ? "the pattern matches in it, but no literal stands where it would wake the rule"
                 : "the pattern matches nothing in it";
    const bool exact = std::any_of(found.begin(), found.end(),
                                   [&](std::string_view match) { return holds(match, filled.value.secret); });
    if (!exact) return "the pattern finds something else in it than the generated value";
    if (!trial_.find || rule_->only_as_companion) return {};
    const std::vector<std::string> rules = trial_.find(filled.text);
    if (std::find(rules.begin(), rules.end(), rule_->id) != rules.end()) return {};
    if (rules.empty())
      return "matched, then dropped by a filter (checksum, entropy, not_near, companions, placeholder)";
    std::string others;
    for (const std::string& rule : rules) others += (others.empty() ? "" : ", ") + rule;
    return "matched, but reported as " + others;
  }

  /// True when the credential that the rule takes out of `match` is `secret`.
  bool holds(std::string_view match, const std::string& secret) const {
    const auto& groups = compiled_->NamedCapturingGroups();
    const auto group = groups.find("secret");
    if (group == groups.end()) return match == secret;
    std::vector<re2::StringPiece> parts(static_cast<std::size_t>(group->second) + 1);
    const re2::StringPiece text(match.data(), match.size());
    return compiled_->Match(text, 0, text.size(), re2::RE2::ANCHOR_START, parts.data(),
                            static_cast<int>(parts.size())) &&
           parts.back() == secret;
  }

  void check_non_example(std::size_t k) {
    const std::string& example = rule_->non_examples[k];
    for (unsigned seed = 0; seed < trial_.seeds; ++seed) {
      const Filled filled = fill(example, *rule_, provider_, seed, trial_.repair);
      if (matches(filled.text).empty() || !trial_.find) continue;
      const std::vector<std::string> rules = trial_.find(filled.text);
      if (std::find(rules.begin(), rules.end(), rule_->id) == rules.end()) continue;
      add("/non_examples/" + std::to_string(k), "a token is found in it");
      return;
    }
  }

  const Provider& provider_;
  std::span<const Pattern> patterns_;
  const Matcher& matcher_;
  Matcher::Scratch scratch_;
  const ExampleTrial& trial_;
  std::vector<ExampleProblem> problems_;
  const TokenRule* rule_ = nullptr;
  const Pattern* pattern_ = nullptr;
  std::unique_ptr<re2::RE2> compiled_;
  std::uint32_t index_ = 0;
  std::string pointer_;
};

}  // namespace

std::vector<ExampleProblem> check_examples(const Provider& provider, std::span<const Pattern> patterns,
                                           const Matcher& matcher, const ExampleTrial& trial) {
  return Trial(provider, patterns, matcher, trial).run();
}

}  // namespace overreach
