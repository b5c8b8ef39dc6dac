#include "rules/catalog/sure_run.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cctype>
#include <random>
#include <string>
#include <vector>

#include "rules/catalog/catalog.h"
#include "rules/catalog/sample.h"
#include "scanner/base/alphabet.h"
#include "scanner/base/long_word.h"
#include "scanner/match/matcher.h"

using namespace overreach;

namespace {

std::size_t longest_run(std::string_view text) {
  std::size_t longest = 0, run = 0;
  for (const char c : text) {
    run = is_base64(c) ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

}  // namespace

TEST_CASE("a run is sure when every match has it", "[rules]") {
  struct Row {
    const char* pattern;
    std::uint32_t run;
  };
  const Row rows[] = {
      {R"(\bghp_[A-Za-z0-9]{36}\b)", 40},
      {R"([0-9a-f]{8}-[0-9a-f]{4})", 13},
      {R"([0-9a-f]{8}\.[0-9a-f]{4})", 8},
      {R"((?i:api[_-]?key)["'\s]{1,8}(?P<secret>[0-9a-f]{32})\b)", 32},
      {R"((?:long-word|ab)x)", 3},
      {R"((?:abcdef)?x)", 1},
      {R"((?:abc){4})", 12},
      {R"((?:ab c){4})", 2},
      {R"([a-z]{3,9}[0-9]+)", 4},
      {R"([a-z]*)", 0},
      {R"([^a-z]{9})", 0},
      {R"(.{9}abc)", 3},
      {R"(\w{5}\d{2}\s\w{6})", 7},
      {R"([0-9A-Za-z+/=]{40})", 0},
      {R"(\p{Greek}{9}abc)", 0},  // cannot be taken apart
  };
  for (const Row& row : rows) {
    INFO(row.pattern);
    CHECK(sure_run(row.pattern) == row.run);
  }
}

TEST_CASE("a word is sure when every match has it, and where it begins at the latest", "[rules]") {
  struct Row {
    const char* pattern;
    std::optional<SureWord> word;
  };
  const Row rows[] = {
      {R"(\bghp_[A-Za-z0-9]{36}\b)", SureWord{0, kLongWord, true}},
      {R"([0-9a-f]{20} )", SureWord{0, kLongPlain, false}},
      {R"([0-9a-f]{19})", std::nullopt},
      {R"((?i:key)["'\s]{1,8}(?P<secret>[0-9a-f]{32})\b)", SureWord{11, kLongPlain, false}},
      {R"(x:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})", SureWord{2, kLongWord, false}},
      {R"(x\s+[0-9a-f]{32})", SureWord{4096, kLongPlain, false}},
      {R"((?:a:|bc:)?[0-9]{20})", SureWord{3, kLongPlain, false}},
      {R"((?:[0-9]{20}:|::[0-9]{32})x)", SureWord{2, kLongPlain, false}},
      {R"((?:[0-9]{20}:|[0-9]{2}:)x)", std::nullopt},
      {R"((?:[0-9]{20}:)?x)", std::nullopt},
      {R"(:(?:[0-9]{10}){2})", SureWord{1, kLongPlain, false}},
      {R"([0-9A-Za-z_-]{31}:)", std::nullopt},
      {R"(\p{Greek}{9}abc)", std::nullopt},
  };
  for (const Row& row : rows) {
    INFO(row.pattern);
    const std::optional<SureWord> word = sure_word(row.pattern);
    REQUIRE(word.has_value() == row.word.has_value());
    if (!word) continue;
    CHECK(word->at == row.word->at);
    CHECK(word->length == row.word->length);
    CHECK(word->whole == row.word->whole);
  }
}

TEST_CASE("generated values of every rule have the run that is sure", "[rules]") {
  const Catalog catalog;
  std::size_t long_ones = 0;
  for (const Pattern& pattern : catalog.patterns()) {
    INFO(pattern.id);
    CHECK(pattern.run == sure_run(pattern.regex));
    long_ones += pattern.run >= 16 ? 1 : 0;
    for (std::uint64_t seed = 0; seed < 8; ++seed) CHECK(longest_run(sample(pattern.regex, seed)) >= pattern.run);
  }
  CHECK(long_ones > catalog.patterns().size() / 2);
}

TEST_CASE("what is known of matches beforehand changes none", "[rules]") {
  const Catalog catalog;
  std::vector<Pattern> plain(catalog.patterns().begin(), catalog.patterns().end());
  for (Pattern& pattern : plain) {
    pattern.run = 0;
    pattern.as_written = false;
    pattern.gated = false;
  }
  const Matcher known(catalog.patterns(), catalog.database());
  const Matcher unknown(plain);
  Matcher::Scratch known_scratch = known.scratch(), unknown_scratch = unknown.scratch();
  std::mt19937 random(11);
  std::size_t matches = 0;
  for (const Pattern& pattern : catalog.patterns())
    for (std::uint64_t seed = 0; seed < 6; ++seed) {
      const std::string literal(pattern.literals[seed % pattern.literals.size()]);
      std::string text = literal + std::string(seed == 3 ? pattern.after / 2 : 1, '=') + sample(pattern.regex, seed) +
                         std::string(seed == 4 ? pattern.before / 2 : 0, ' ') + literal + "\n";
      // Cut it, or write some of its letters in the other case.
      if (seed % 3 == 1) text.erase(random() % text.size(), 1 + random() % 9);
      if (seed % 3 == 2)
        for (char& c : text)
          if (std::isalpha(static_cast<unsigned char>(c)) != 0 && random() % 16 == 0) c = static_cast<char>(c ^ 0x20);
      std::vector<Candidate> found, expected;
      known.scan(text, known_scratch, found);
      unknown.scan(text, unknown_scratch, expected);
      INFO(pattern.id << " seed " << seed);
      CHECK(found == expected);
      matches += found.size();
    }
  CHECK(matches > catalog.patterns().size());
}
