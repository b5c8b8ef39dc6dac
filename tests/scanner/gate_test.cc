#include "scanner/match/decode/gate.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

#include "scanner/base/alphabet.h"
#include "scanner/match/matcher.h"

using namespace overreach;

namespace {

/// What find_gates() promises, in plain words: for each byte, whether it is in reach of a long word.
std::vector<bool> in_reach(std::string_view text) {
  std::vector<bool> out(text.size());
  const auto open = [&](std::size_t begin, std::size_t length) {
    const std::size_t end = std::min(text.size(), begin + length + kGateAfter);
    for (std::size_t i = begin - std::min<std::size_t>(begin, kGateBefore); i < end; ++i) out[i] = true;
  };
  const auto runs = [&](bool (*belongs)(char), std::size_t length) {
    std::size_t run = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      run = belongs(text[i]) ? run + 1 : 0;
      if (run >= length) open(i + 1 - length, length);
    }
  };
  runs(is_plain, kLongPlain);
  runs(is_token, kLongWord);
  return out;
}

std::vector<bool> covered(const std::vector<Span>& spans, std::size_t size) {
  std::vector<bool> out(size);
  for (const Span& span : spans)
    for (std::uint64_t i = span.begin; i < span.end; ++i) out[i] = true;
  return out;
}

bool sorted_and_apart(const std::vector<Span>& spans) {
  return std::adjacent_find(spans.begin(), spans.end(),
                            [](const Span& a, const Span& b) { return a.end >= b.begin; }) == spans.end();
}

std::string random_text(std::mt19937& random) {
  std::string out;
  const auto parts = static_cast<unsigned>(random() % 12);
  for (unsigned i = 0; i < parts; ++i) {
    static const std::string fillers[] = {" ", "a.b/c-d_e%f", "abcdefg", "=", "\n", "-"};
    const std::string& filler = fillers[random() % std::size(fillers)];
    const auto times = static_cast<unsigned>(random() % (filler == " " ? 900 : 12));
    for (unsigned k = 0; k < times; ++k) out += filler;
  }
  return out;
}

}  // namespace

TEST_CASE("a gate is open where a long word is in reach, and nowhere else", "[gate]") {
  std::size_t open = 0, shut = 0;
  for (unsigned seed = 0; seed < 1500; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    const std::string text = random_text(random);
    const std::vector<bool> expected = in_reach(text);
    std::vector<Span> gates;
    find_gates(text, {0, text.size()}, gates);
    REQUIRE(covered(gates, text.size()) == expected);
    REQUIRE(sorted_and_apart(gates));
    open += static_cast<std::size_t>(std::count(expected.begin(), expected.end(), true));
    shut += static_cast<std::size_t>(std::count(expected.begin(), expected.end(), false));
    // A part of the text sees the same gates, cut at its ends.
    const std::uint64_t begin = text.empty() ? 0 : random() % text.size();
    const std::uint64_t end = begin + (text.size() == begin ? 0 : random() % (text.size() - begin));
    std::vector<Span> part;
    find_gates(text, {begin, end}, part);
    const std::vector<bool> seen = covered(part, text.size());
    for (std::uint64_t i = 0; i < text.size(); ++i) REQUIRE(seen[i] == (expected[i] && begin <= i && i < end));
  }
  CHECK(open > 100000);
  CHECK(shut > 100000);
}

TEST_CASE("companions count near a match that has some, on its own line whatever its length", "[match]") {
  constexpr std::string_view owner[] = {"owner_"}, user[] = {"user="};
  const Pattern patterns[] = {
      {.id = "a/owner", .literals = owner, .regex = R"(\bowner_[a-z]{8}\b)", .max_length = 64, .companion_lines = 3},
      {.id = "a/user", .literals = user, .regex = R"(\buser=[a-z]{4}\b)", .max_length = 64, .companion = true},
  };
  const Matcher matcher(patterns);
  Matcher::Scratch scratch = matcher.scratch();
  const auto found = [&](const std::string& text) {
    std::vector<Candidate> out;
    matcher.scan(text, scratch, out);
    return out.size();
  };
  const std::string key = "owner_abcdefgh", name = "user=carl", far = "\n" + std::string(5000, '.') + "\n";
  CHECK(found(name) == 0);
  CHECK(found(key) == 1);
  CHECK(found(key + " " + name) == 2);
  CHECK(found(name + "\n\n" + key) == 2);
  CHECK(found(key + "\n\n" + name) == 2);
  CHECK(found(key + std::string(9000, '.') + " " + name) == 2);
  CHECK(found(key + "\n\n\n" + far + name) == 1);
  CHECK(found(name + far + "\n\n\n" + key) == 1);
  CHECK(found(key + " " + name + far + far + far + name + "\n" + key) == 4);
  std::vector<Candidate> alone;
  matcher.scan_for_all(name, scratch, alone);
  CHECK(alone.size() == 1);
}
