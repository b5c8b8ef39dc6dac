// Every file of rules/providers, through the whole pipeline.
#include <re2/re2.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <set>

#include "detectors/identify/identify.h"
#include "rules/catalog/catalog.h"
#include "rules/catalog/check.h"
#include "rules/catalog/rule_file.h"
#include "scanner/match/matcher.h"

using namespace overreach;

namespace {

const std::filesystem::path kProviders = std::filesystem::path(OVERREACH_SOURCE_DIR) / "rules/providers";

/// Rule ids of what a scan would report in a file that holds `text`.
std::vector<std::string> found(const Catalog& catalog, const Matcher& matcher, std::string_view text) {
  Matcher::Scratch scratch = matcher.scratch();
  std::vector<Candidate> candidates;
  matcher.scan(text, scratch, candidates);
  Origin origin;
  origin.path = "app/settings";
  const Blob blob{text, "", {&origin, 1}};
  std::vector<std::string> rules;
  for (const Sighting& sighting : identify(blob, candidates, catalog)) rules.push_back(catalog.rule(sighting.rule).id);
  return rules;
}

}  // namespace

TEST_CASE("every provider file is valid and names checks and decoders that exist", "[rules]") {
  const KnownNames names{checksum_names(), decoder_names()};
  const auto files = list_rule_files(kProviders);
  REQUIRE(files.size() >= 700);
  for (const auto& path : files) {  // no sections: each would begin the test anew
    const auto file = load_rule_file(path, names);
    if (!file)
      for (const Diagnostic& diagnostic : file.error()) FAIL_CHECK(diagnostic.text());
  }
}

TEST_CASE("a generated value of every rule matches its pattern", "[rules]") {
  const Catalog catalog;
  for (std::uint32_t rule = 0; rule < catalog.patterns().size(); ++rule) {
    const TokenRule& token = catalog.rule(rule);
    INFO(token.id);
    const re2::RE2 pattern(token.pattern);
    std::set<std::string> distinct;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
      const std::string text = sample(token.pattern, seed);
      CHECK(re2::RE2::FullMatch(text, pattern));
      CHECK(text.size() <= token.max_length);
      distinct.insert(text);
    }
    CHECK(distinct.size() > 25);
  }
}

TEST_CASE("every example is found and every non-example is not", "[rules]") {
  const Catalog catalog;
  const Matcher matcher(catalog.patterns(), catalog.database());
  const ExampleTrial trial{[&](std::string_view text) { return found(catalog, matcher, text); }, with_valid_checksum,
                           2};
  for (std::size_t i = 0; i < catalog.size(); ++i)
    for (const ExampleProblem& problem : check_examples(catalog.provider(i), catalog.patterns(), matcher, trial))
      FAIL_CHECK(problem.rule << ": " << problem.message);
}
