// The regions with candidates of a derived block are those of a full scan.
#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

#include "scanner/match/encoded.h"
#include "tests/support/encode.h"

using namespace overreach;
using namespace overreach::testing;

namespace {

constexpr std::string_view kPrefix[] = {"acme_"};
const Pattern kPatterns[] = {
    {"acme/token", kPrefix, R"(\bacme_[a-z0-9]{8}\b)", Pattern::Anchor::prefix, 0, 0, 64},
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

/// Regions with something in them are the same with and without the base's help. Returns how many there are.
std::size_t check_equal_regions(const EncodedScanner& scanner, const Matcher& matcher, const std::string& base,
                                const Derived& derived) {
  EncodedScanner::Scratch scratch(matcher);
  std::vector<Region> before, full, quick;
  scanner.scan(base, scratch, before);
  scanner.scan(derived.bytes, scratch, full);
  scanner.scan_derived(derived.bytes, derived.copied, before, base.size(), scratch, quick);
  REQUIRE(quick == full);
  return full.size();
}

/// Text in which encoded tokens, their halves and what looks like them stand close together, on short and long lines.
std::string random_encoded(std::mt19937& random, int pieces) {
  static const std::string token = "x = 'acme_abcd1234'; y = 1";
  static const std::string wrapped =
      wrap(base64("first line of a longer text\n" + token + "\nand its end, some way off"), 44);
  static const std::string parts[] = {base64(token),
                                      base64(token).substr(0, 17),
                                      base64(token).substr(17),
                                      wrapped,
                                      wrapped.substr(0, 50),
                                      wrapped.substr(44),
                                      base64(base64(token) + " " + hex_of(token)),
                                      hex_of(token),
                                      hex_of(token).substr(0, 21),
                                      percent_of(token),
                                      "%3Dacme_abcd1234",
                                      "\\nacme_abcd1234",
                                      "\\u0061cme_abcd1234",
                                      "\\",
                                      "\\\"",
                                      wide(token, 2),
                                      wide(token, 4),
                                      std::string("a\0b\0", 4),
                                      "acme_abcd1234",
                                      "abcdefgh",
                                      " ",
                                      "\n",
                                      "\n",
                                      "\r\n",
                                      "=",
                                      "/path/of/some/longer/file_name",
                                      std::string(150, '.'),
                                      std::string(60, 'q')};
  std::string out;
  for (int i = 0; i < pieces; ++i) out += parts[random() % std::size(parts)];
  return out;
}

}  // namespace

TEST_CASE("random edits of encoded text find what a full scan finds", "[derived][encoded]") {
  const Matcher matcher(kPatterns);
  const EncodedScanner scanner(matcher);
  std::size_t found = 0;
  for (unsigned seed = 0; seed < 8000; ++seed) {
    std::mt19937 random(seed);
    const std::string base = random_encoded(random, 30);
    Derived derived;
    const unsigned parts = 1 + random() % 8;
    for (unsigned i = 0; i < parts; ++i) {
      if (random() % 3 == 0) derived.bytes += random_encoded(random, static_cast<int>(random() % 4));
      if (random() % 5 == 0) continue;
      const std::uint64_t from = random() % base.size();
      derived.copy(base, from, std::min<std::uint64_t>(base.size() - from, random() % 900));
    }
    INFO("seed " << seed);
    found += check_equal_regions(scanner, matcher, base, derived);
  }
  CHECK(found > 6000);  // the texts do hold encoded tokens
}

TEST_CASE("an encoded token split at every offset between copied and new bytes is found", "[derived][encoded]") {
  const Matcher matcher(kPatterns);
  const EncodedScanner scanner(matcher);
  const std::string token = "the value of it: acme_abcd1234";
  const std::string rows[] = {base64(token),
                              hex_of(token),
                              percent_of(token),
                              "\"first\\nacme_abcd1234\"",
                              wide(token, 2),
                              wide(token, 4),
                              wrap(base64(std::string(120, ' ') + token), 64),
                              base64(base64(token))};
  for (const std::string& row : rows) DYNAMIC_SECTION("row " << &row - rows) {
      const std::string text = "  " + row + " ";
      for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        const std::string left = text.substr(0, cut);
        const std::string right = text.substr(cut);
        Derived new_tail;
        new_tail.copy("noise " + left, 6, left.size());
        new_tail.bytes += right;
        REQUIRE(check_equal_regions(scanner, matcher, "noise " + left, new_tail) == 1);
        Derived new_head;
        new_head.bytes = left;
        new_head.copy("noise " + right, 6, right.size());
        REQUIRE(check_equal_regions(scanner, matcher, "noise " + right, new_head) == 1);
        Derived seam;
        const std::string base = right + " between " + left;
        seam.copy(base, base.size() - left.size(), left.size());
        seam.copy(base, 0, right.size());
        REQUIRE(check_equal_regions(scanner, matcher, base, seam) == 1);
      }
    }
}
