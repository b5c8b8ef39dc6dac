#include "rules/catalog/check.h"

#include <catch2/catch.hpp>

#include "rules/catalog/pattern_table.h"
#include "rules/catalog/rule_file.h"
#include "tests/rules/fixture.h"

using namespace overreach;
using namespace overreach::testing;

namespace {

std::string problems_of(const std::string& yaml, const ExampleTrial& trial = {}) {
  const auto file = parse_rule_file("acme.yaml", yaml);
  if (!file) return file.error().front().text();
  PatternTable table;
  table.add(file->provider);
  const Matcher matcher(table.patterns());
  std::string out;
  for (const ExampleProblem& problem : check_examples(file->provider, table.patterns(), matcher, trial))
    out += std::to_string(file->document.line(problem.pointer)) + " " + problem.rule + " " + problem.message + "\n";
  return out;
}

}  // namespace

TEST_CASE("a rule whose examples do not hold is told what is wrong with them", "[rules]") {
  struct Row {
    const char* name;
    const char* from;
    const char* to;
    const char* problem;
  };
  const Row rows[] = {
      {"all holds", "Acme key", "Acme key", ""},
      {"pattern does not match", "'ACME={token}'", "'ACMEX{token}'",
       "10 acme/key tokens[0].examples[0]: the pattern matches nothing in it\n"},
      {"literal is not in the pattern", "prefix: [acme_]", "prefix: [acmo_]",
       "9 acme/key tokens[0].pattern: it matches texts that no literal of the rule wakes, such as one that begins with "
       "\"acme\"\n"},
      {"literal of one branch only", "'\\bacme_[0-9a-z]{24}\\b'", "'\\b(?:acme_|akme_)[0-9a-z]{24}\\b'",
       "no literal of the rule wakes"},
      {"longer than max_length", "    examples", "    max_length: 20\n    examples", "more than max_length"},
      {"matches too much", "[0-9a-z]{24}\\b'", "[0-9a-z]{24}[^ ]*'", "finds something else in it than the generated"},
      {"no word near", "prefix: [acme_]", "near: [akme]\n    within: {before: 40, after: 40}",
       "no literal stands where it would wake the rule"},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      const std::string problems = problems_of(with(acme(), row.from, row.to));
      if (*row.problem == '\0')
        CHECK(problems == "");
      else
        CHECK_THAT(problems, Catch::Contains(row.problem));
    }
}

TEST_CASE("what the filters say about an example counts", "[rules]") {
  ExampleTrial trial;
  SECTION("dropped") {
    trial.find = [](std::string_view) { return std::vector<std::string>{}; };
    CHECK_THAT(problems_of(acme(), trial), Catch::Contains("examples[0]: matched, then dropped by a filter"));
  }
  SECTION("stolen") {
    trial.find = [](std::string_view) { return std::vector<std::string>{"other/rule"}; };
    CHECK_THAT(problems_of(acme(), trial), Catch::Contains("examples[1]: matched, but reported as other/rule"));
  }
  SECTION("found") {
    trial.find = [](std::string_view) { return std::vector<std::string>{"other/rule", "acme/key"}; };
    CHECK(problems_of(acme(), trial) == "");
    CHECK_THAT(problems_of(with(acme(), "'acme_short'", "'sha: {token}'"), trial),
               Catch::Contains("11 acme/key tokens[0].non_examples[0]: a token is found in it"));
  }
  SECTION("repaired") {
    trial.repair = [](std::string_view, std::string value) { return value.substr(0, value.size() - 1); };
    CHECK_THAT(problems_of(with(acme(), "    examples", "    check: crc\n    examples"), trial),
               Catch::Contains("the pattern matches nothing in it"));
  }
}
