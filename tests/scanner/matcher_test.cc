#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "scanner/match/matcher.h"

using namespace overreach;

namespace {

constexpr std::string_view kPrefix[] = {"acme_"};
constexpr std::string_view kNear[] = {"railbird", "rail_bird"};
constexpr std::string_view kInside[] = {"-----BEGIN "};

/// Three rules, one of each way to wake up.
const Pattern kPatterns[] = {
    {"acme/token", kPrefix, R"(\bacme_[a-z0-9]{8}\b)", Pattern::Anchor::prefix, 0, 0, 64},
    {"railbird/token", kNear, R"(\b[0-9a-f]{16}\b)", Pattern::Anchor::context, 30, 60, 64},
    {"key/pem", kInside, R"((?s)-----BEGIN KEY-----.*?-----END KEY-----)", Pattern::Anchor::inside, 4, 0, 400},
};

std::vector<std::string> found(const Matcher& matcher, std::string_view text) {
  Matcher::Scratch scratch = matcher.scratch();
  std::vector<Candidate> candidates;
  matcher.scan(text, scratch, candidates);
  std::vector<std::string> out;
  for (const Candidate& c : candidates)
    out.push_back(std::string(kPatterns[c.rule].id) + "=" + std::string(c.span.of(text)));
  return out;
}

}  // namespace

TEST_CASE("a rule matches where its literal wakes it and its pattern agrees", "[match]") {
  const Matcher matcher(kPatterns);
  const std::string hex = "0123456789abcdef";
  struct Row {
    const char* name;
    std::string text;
    std::vector<std::string> expected;
  };
  const Row rows[] = {
      {"prefix", "x = acme_abcd1234;", {"acme/token=acme_abcd1234"}},
      {"prefix at both ends", "acme_abcd1234 acme_zzzz9999", {"acme/token=acme_abcd1234", "acme/token=acme_zzzz9999"}},
      {"word boundary is seen to the left of the window", "xacme_abcd1234", {}},
      {"word boundary is seen to the right of the window", "acme_abcd12345", {}},
      {"upper-case literal, case-sensitive pattern", "ACME_abcd1234", {}},
      {"context after", "railbird: " + hex, {"railbird/token=" + hex}},
      {"context before", hex + " for railbird", {"railbird/token=" + hex}},
      {"context in capitals", "RAILBIRD " + hex, {"railbird/token=" + hex}},
      {"context too far left", "railbird" + std::string(70, ' ') + hex, {}},
      {"no context", "commit " + hex, {}},
      {"two literals, one value", "railbird rail_bird " + hex, {"railbird/token=" + hex}},
      {"block",
       "a\n-----BEGIN KEY-----\nzz\n-----END KEY-----\n",
       {"key/pem=-----BEGIN KEY-----\nzz\n-----END KEY-----"}},
      {"block longer than allowed", "-----BEGIN KEY-----" + std::string(500, 'z') + "-----END KEY-----", {}},
      {"NUL and high bytes around", std::string("\0\xff", 2) + "acme_abcd1234" + "\xfe", {"acme/token=acme_abcd1234"}},
      {"empty", "", {}},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      CHECK(found(matcher, row.text) == row.expected);
    }
}

TEST_CASE("a serialised database finds what a fresh one finds", "[match]") {
  const Matcher fresh(kPatterns);
  const Matcher loaded(kPatterns, compile_literals(kPatterns));
  const Matcher broken(kPatterns, "not a database");  // falls back to compiling
  const std::string text = "acme_abcd1234 railbird 0123456789abcdef";
  CHECK(found(fresh, text).size() == 2);
  CHECK(found(loaded, text) == found(fresh, text));
  CHECK(found(broken, text) == found(fresh, text));
}

TEST_CASE("the windowed search finds what a search of the whole text finds", "[match]") {
  const Matcher matcher(kPatterns);
  std::mt19937 random(7);
  const char* pieces[] = {"acme_",
                          "abcd1234",
                          " ",
                          "\n",
                          "railbird",
                          "0123456789abcdef",
                          "=",
                          "x",
                          "-----BEGIN KEY-----",
                          "-----END KEY-----",
                          "acme_abcd1234"};
  for (int round = 0; round < 500; ++round) {
    std::string text;
    for (int i = 0; i < 40; ++i) text += pieces[random() % std::size(pieces)];
    // The prefix rule has no context, so a plain search is its specification.
    std::vector<std::string> expected;
    for (std::size_t at = text.find("acme_"); at != std::string::npos; at = text.find("acme_", at + 1)) {
      const auto word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
      const std::string_view rest = std::string_view(text).substr(at + 5);
      const auto body = static_cast<std::size_t>(
          std::find_if_not(rest.begin(), rest.end(),
                           [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }) -
          rest.begin());
      const bool right = body == 8 && (rest.size() == 8 || !word(rest[8]));
      if (right && (at == 0 || !word(text[at - 1]))) expected.push_back("acme/token=" + text.substr(at, 13));
    }
    std::vector<std::string> got = found(matcher, text);
    std::erase_if(got, [](const std::string& s) { return !s.starts_with("acme/"); });
    REQUIRE(got == expected);
  }
}

TEST_CASE("many threads share one matcher", "[match]") {
  const Matcher matcher(kPatterns);
  std::vector<std::vector<std::string>> results(4);
  {
    std::vector<std::jthread> threads;
    for (auto& result : results)
      threads.emplace_back([&] {
        for (int i = 0; i < 200; ++i) result = found(matcher, "acme_abcd1234 railbird 0123456789abcdef");
      });
  }
  for (const auto& result : results) CHECK(result.size() == 2);
}

TEST_CASE("a pattern that an engine cannot take is refused with its words", "[match]") {
  const auto with = [](std::string_view regex) {
    Pattern pattern = kPatterns[0];
    pattern.regex = regex;
    return pattern;
  };
  CHECK_NOTHROW(check_pattern(kPatterns[0]));
  CHECK_THROWS_WITH(check_pattern(with("(?=x)")), Catch::Contains("(?=x)"));
  CHECK_THROWS_WITH(check_pattern(with("a*")), Catch::Contains("empty string"));
}
