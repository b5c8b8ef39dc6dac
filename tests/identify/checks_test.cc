#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

#include "detectors/identify/identify.h"
#include "scanner/base/result.h"

namespace overreach {
namespace {

// Documented samples of the providers' own test suites; put together here, so that no scanner
// stops at this file.
const std::string kGithubSample = std::string("ghp_") + "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ" + "0mLq17";
const std::string kGrafanaSample = std::string("glsa_") + "iNValIdinValiDinvalidinvalidinva" + "_5b582697";

std::string repeated(std::string_view piece, std::size_t length) {
  std::string out;
  while (out.size() < length) out += piece;
  return out.substr(0, length);
}

const std::string kAtlassianBody = "ATATT3xFfGF0" + repeated("aB3_-", 155);
const std::string kCloudflareBody = "0123456789abcdefghijABCDEFGHIJ0123456789";
const std::string kConfluentBody = repeated("Ab3/", 54);
const std::string kZuploBody = repeated("0123456789abcdef", 32);

TEST_CASE("a checksum accepts the real layout and rejects a changed character", "[identify][checks]") {
  struct Row {
    const char* name;
    const char* check;
    std::string token;
  };
  const Row rows[] = {
      {"github", "github-crc32", kGithubSample},
      {"registry token with the same layout", "npm-crc32", "npm" + kGithubSample.substr(3)},
      {"grafana, little-endian", "grafana-crc32", kGrafanaSample},
      // Made up; their sums were computed with zlib.
      {"atlassian, over all before it", "atlassian-crc32", kAtlassianBody + "=93B1E50C"},
      {"cloudflare, over the body", "cloudflare-crc32", "cfut_" + kCloudflareBody + "fcca43d2"},
      {"confluent, base64 of little-endian", "confluent-crc32", "cflt" + kConfluentBody + "Gj3dzg"},
      {"zuplo, over the body", "zuplo-crc32", "zpka_" + kZuploBody + "_7759b50e"},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      CHECK(checksum_valid(row.check, row.token));
      std::string changed = row.token;
      changed[10] = changed[10] == 'a' ? 'b' : 'a';
      CHECK_FALSE(checksum_valid(row.check, changed));
      CHECK(with_valid_checksum(row.check, changed) != changed);
      CHECK(checksum_valid(row.check, with_valid_checksum(row.check, changed)));
    }
}

TEST_CASE("a token of another layout is not judged by a checksum it does not have", "[identify][checks]") {
  CHECK(checksum_valid("github-crc32", "ghs_" + std::string(80, 'a')));
  CHECK(with_valid_checksum("github-crc32", "ghs_" + std::string(80, 'a')) == "ghs_" + std::string(80, 'a'));
  CHECK_FALSE(checksum_valid("grafana-crc32", "glsa"));
}

TEST_CASE("a check that does not exist is an error of the rule file", "[identify][checks]") {
  CHECK_THROWS_AS(checksum_valid("acme-crc32", "x"), RuleError);
  CHECK(std::is_sorted(checksum_names().begin(), checksum_names().end()));
}

}  // namespace
}  // namespace overreach
