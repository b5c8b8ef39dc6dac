#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

#include "scanner/match/matcher.h"

using namespace overreach;

namespace {

constexpr std::string_view kPrefix[] = {"acme_", "acmecorp_"};
constexpr std::string_view kNear[] = {"railbird", "rail_bird", "rb_"};
constexpr std::string_view kInside[] = {"-----BEGIN "};
constexpr std::string_view kGold[] = {"gold_", "gold://"};
constexpr std::string_view kSilver[] = {"silver"};

const Pattern kPatterns[] = {
    {"acme/token", kPrefix, R"(\bacme(?:corp)?_[a-z0-9]{8}\b)", Pattern::Anchor::prefix, 0, 0, 64},
    {"acme/long", kPrefix, R"(\bacme_[a-z0-9]{20,})", Pattern::Anchor::prefix, 0, 0, 6000},
    {"railbird/token", kNear, R"(\b[0-9a-f]{16}\b)", Pattern::Anchor::context, 30, 60, 64},
    {"key/pem", kInside, R"((?s)-----BEGIN KEY-----.*?-----END KEY-----)", Pattern::Anchor::inside, 4, 0, 5000},
    {.id = "gold/token",
     .literals = kGold,
     .regex = R"(\bgold(?:_|://)[a-z0-9]{24}\b)",
     .anchor = Pattern::Anchor::prefix,
     .max_length = 64,
     .gated = true},
    {.id = "silver/token",
     .literals = kSilver,
     .regex = R"(\b[0-9a-f]{32}\b)",
     .anchor = Pattern::Anchor::context,
     .before = 200,
     .after = 300,
     .gated = true},
};

/// A block made of copied and new parts, and how.
struct Derived {
  std::string bytes;
  std::vector<Matcher::Copied> copied;

  void copy(const std::string& base, std::uint64_t from, std::uint64_t size) {
    if (size == 0) return;
    copied.push_back({{bytes.size(), bytes.size() + size}, from});
    bytes += base.substr(from, size);
  }
};

/// Finds the same with and without the base's help, and returns how much that was.
std::size_t check_equal(const Matcher& matcher, const std::string& base, const Derived& derived) {
  Matcher::Scratch scratch = matcher.scratch();
  Matcher::Trace before, full, quick;
  matcher.scan(base, scratch, before);
  matcher.scan(derived.bytes, scratch, full);
  matcher.scan_derived(derived.bytes, derived.copied, before, base.size(), scratch, quick);
  REQUIRE(quick.candidates == full.candidates);
  REQUIRE(quick.hits == full.hits);
  REQUIRE(quick.windows == full.windows);
  return full.candidates.size();
}

const std::string kHex = "0123456789abcdef";

/// Text in which tokens, halves of tokens, keywords and noise stand close together.
std::string random_text(std::mt19937& random, int pieces) {
  static const std::string parts[] = {"acme_",
                                      "abcd1234",
                                      "acme_abcd1234",
                                      " ",
                                      "\n",
                                      "railbird",
                                      "rail_",
                                      "bird",
                                      kHex,
                                      kHex.substr(0, 7),
                                      "=",
                                      "x",
                                      "rb_",
                                      "corp",
                                      "acme",
                                      "-----BEGIN KEY-----",
                                      "-----END KEY-----",
                                      std::string(70, '.'),
                                      std::string(40, 'q'),
                                      "silver",
                                      "gold_",
                                      "gold://",
                                      "abcd1234abcd1234abcd1234",
                                      kHex + kHex,
                                      std::string(19, 'z'),
                                      std::string(90, ' '),
                                      std::string(400, ' ')};
  std::string out;
  for (int i = 0; i < pieces; ++i) out += parts[random() % std::size(parts)];
  return out;
}

}  // namespace

TEST_CASE("a token split at every offset between copied and new bytes is found", "[derived]") {
  const Matcher matcher(kPatterns);
  const std::string long_key = "-----BEGIN KEY-----" + std::string(4200, 'k') + "-----END KEY-----";
  const std::string long_token = "acme_" + std::string(4200, 'a');
  struct Row {
    const char* name;
    std::string text;
    std::size_t step;
  };
  const Row rows[] = {
      {"prefix token", "  acme_abcd1234  ", 1},
      {"keyword and value", "railbird = " + kHex + ";", 1},
      {"value and keyword", kHex + " for the railbird;", 1},
      {"a word that opens a gate", "  gold_abcd1234abcd1234abcd1234  ", 1},
      {"a word that opens a gate behind a URL", "GOLD://abcd1234abcd1234abcd1234 gold://abcd1234abcd1234abcd1234", 1},
      {"a keyword far from the word that opens a gate", "silver" + std::string(250, ' ') + kHex + kHex, 1},
      {"a keyword far behind the word that opens a gate", kHex + kHex + std::string(150, ' ') + "silver", 1},
      {"at the very start and end", "acme_abcd1234", 1},
      {"a key of 4 KB", long_key, 37},
      {"a token of 4 KB", long_token, 37},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      for (std::size_t cut = 0; cut <= row.text.size(); cut += row.step) {
        const std::string left = row.text.substr(0, cut);
        const std::string right = row.text.substr(cut);
        Derived new_tail;  // the head is copied
        new_tail.copy("noise " + left, 6, left.size());
        new_tail.bytes += right;
        REQUIRE(check_equal(matcher, "noise " + left, new_tail) == 1);
        Derived new_head;  // the tail is copied
        new_head.bytes = left;
        new_head.copy("noise " + right, 6, right.size());
        REQUIRE(check_equal(matcher, "noise " + right, new_head) == 1);
        Derived seam;  // both are copied, from places that were not neighbours
        const std::string base = right + " between " + left;
        seam.copy(base, base.size() - left.size(), left.size());
        seam.copy(base, 0, right.size());
        REQUIRE(check_equal(matcher, base, seam) == 1);
      }
    }
}

TEST_CASE("what a copy separates or joins changes what is found", "[derived]") {
  const Matcher matcher(kPatterns);
  const std::string base = "railbird " + kHex;
  Derived apart;
  apart.copy(base, 0, 9);
  apart.bytes += std::string(200, ' ');
  apart.copy(base, 9, 16);
  CHECK(check_equal(matcher, base, apart) == 0);
  Derived boundary;  // a new byte makes the token part of a longer word
  boundary.copy("acme_abcd1234", 0, 13);
  boundary.bytes += "5";
  CHECK(check_equal(matcher, "acme_abcd1234", boundary) == 0);
  Derived twice;
  twice.copy(base, 0, base.size());
  twice.bytes += "\n";
  twice.copy(base, 0, base.size());
  CHECK(check_equal(matcher, base, twice) == 2);
  const std::string gated = "silver " + kHex + kHex;
  Derived shut;  // the literal stays where it was, and the word by which its gate was open is gone
  shut.copy(gated, 0, 20);
  CHECK(check_equal(matcher, gated, shut) == 0);
  Derived shut_at_the_front;
  shut_at_the_front.copy(kHex + kHex + " silver", 20, 19);
  CHECK(check_equal(matcher, kHex + kHex + " silver", shut_at_the_front) == 0);
}

TEST_CASE("random edits, moves and copies find what a full scan finds", "[derived]") {
  const Matcher matcher(kPatterns);
  std::size_t found = 0;
  for (unsigned seed = 0; seed < 4000; ++seed) {
    std::mt19937 random(seed);
    const std::string base = random_text(random, 60);
    Derived derived;
    const unsigned parts = 1 + random() % 8;
    for (unsigned i = 0; i < parts; ++i) {
      if (random() % 3 == 0) derived.bytes += random_text(random, static_cast<int>(random() % 4));
      if (base.empty() || random() % 5 == 0) continue;
      const std::uint64_t from = random() % base.size();
      derived.copy(base, from, std::min<std::uint64_t>(base.size() - from, random() % 900));
    }
    INFO("seed " << seed);
    found += check_equal(matcher, base, derived);
  }
  CHECK(found > 4000);  // the texts do hold tokens
}
