#include <catch2/catch.hpp>
#include <concepts>
#include <nlohmann/json.hpp>
#include <sstream>

#include "scanner/base/hash.h"
#include "scanner/base/secret.h"

using namespace overreach;

template <class T>
concept Printable = requires(std::ostream& os, const T& t) {
  os << t;
};
static_assert(!Printable<Secret>);
static_assert(!std::constructible_from<nlohmann::json, Secret>);
static_assert(!std::convertible_to<Secret, std::string_view>);

TEST_CASE("a secret shows at most a quarter of itself", "[base]") {
  struct Row {
    const char* name;
    std::string value;
    std::size_t visible;
    std::string shown;
  };
  const Row rows[] = {
      {"empty", "", 4, "…"},
      {"short", "abcdefg", 4, "a…"},
      {"long without a prefix", std::string(40, 'x'), 0, "xxxx…"},
      {"long with a public prefix", "sk_live_" + std::string(32, 'x'), 8, "sk_live_…"},
      {"prefix longer than a quarter", "prefix_" + std::string(9, 'x'), 7, "pref…"},
      {"control bytes do not reach the terminal", "\x1b[2J" + std::string(36, 'x'), 0, "?[2J…"},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      CHECK(Secret(row.value).redacted(row.visible) == row.shown);
    }
}

TEST_CASE("a moved-from secret is empty", "[base]") {
  Secret a("0123456789");
  const Secret b = std::move(a);
  CHECK(a.empty());  // NOLINT: that is the point
  CHECK(b.reveal() == "0123456789");
}

TEST_CASE("digests agree with published vectors", "[base]") {
  CHECK(hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  // RFC 4231, test case 2
  CHECK(hex(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  // RFC 7914 section 11, first 32 bytes
  CHECK(hex(stretch("salt", "passwd", 1)) == "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc");
  CHECK(crc32("123456789") == 0xcbf43926U);
}
