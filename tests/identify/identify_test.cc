#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>

#include "detectors/identify/lines.h"
#include "tests/identify/fixture.h"

namespace overreach {
namespace {

using testing::Rules;

TEST_CASE("columns are counted in bytes and in UTF-16 units", "[identify]") {
  Rules rules;
  const std::string key = rules.value("key");
  struct Row {
    const char* name;
    std::string before;
    std::uint32_t line, column, utf16;
  };
  const Row rows[] = {
      {"first byte", "", 1, 1, 1},
      {"second line", "x\n  ", 2, 3, 3},
      {"umlaut", "\n\nü=", 3, 4, 3},
      {"beyond the first plane", "😀=", 1, 6, 4},
      {"invalid bytes count one each", "\xff\xfe=", 1, 4, 4},
      {"cut character", "\xe2\x82=", 1, 4, 4},
      {"tab", "\t=", 1, 3, 3},
      {"windows line end", "a\r\nb=", 2, 3, 3},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      const auto found = rules.identify(row.before + key + "\n");
      REQUIRE(found.size() == 1);
      const Site& site = found[0].sites.at(0);
      CHECK(site.line == row.line);
      CHECK(site.end_line == row.line);
      CHECK(site.column == row.column);
      CHECK(site.end_column == row.column + key.size());
      CHECK(site.utf16_column == row.utf16);
      CHECK(site.utf16_end_column == row.utf16 + key.size());
    }
}

TEST_CASE("a secret of several lines ends its columns on the first one", "[identify]") {
  Rules rules;
  const std::string body = "q7Vw3XbT9kLm2RzP8nYc5JdH";
  const std::string pem = "-----BEGIN ACME KEY-----\n" + body + "\n-----END ACME KEY-----";
  const auto found = rules.identify("key = \"" + pem + "\"\n");
  REQUIRE(found.size() == 1);
  const Site& site = found[0].sites.at(0);
  CHECK(site.line == 1);
  CHECK(site.end_line == 3);
  CHECK(site.column == 8);
  CHECK(site.end_column == 8 + 24);
  CHECK(site.name == "key");
  CHECK(site.excerpt.find(body) == std::string::npos);
}

TEST_CASE("groups become parts, and a host or a user is no secret", "[identify]") {
  Rules rules;
  const auto found = rules.identify("DB=acmedb://app:q7Vw3XbT9kLm2RzP@db.acme.example/x\n");
  REQUIRE(found.size() == 1);
  CHECK(found[0].secret == Secret("q7Vw3XbT9kLm2RzP"));
  REQUIRE(found[0].companions.size() == 2);
  CHECK(found[0].companions[0].role == "host");
  CHECK(found[0].companions[0].value == Secret("db.acme.example"));
  CHECK_FALSE(found[0].companions[0].secret);
  CHECK(found[0].companions[1].role == "user");
  CHECK(found[0].sites.at(0).name == "DB");
}

TEST_CASE("what the filters reject is not a sighting", "[identify]") {
  Rules rules;
  const std::string uuid = rules.value("uuid");
  struct Row {
    const char* name;
    std::string text;
    std::size_t sightings;
  };
  const Row rows[] = {
      {"token", "ACME_TOKEN=" + uuid, 1},
      {"identifier", "ACME_PROJECT_ID=" + uuid, 0},
      {"identifier by flag", "acme link --project " + uuid, 0},
      {"placeholder", "ACME_KEY=acme_xxxxxxxxxxxxxxxxxxxxxxxx", 0},
      {"low entropy", "ACME_KEY=acme_abababababbbabaabababbba", 0},
      {"password of a tutorial", "acmedb://app:postgres@localhost/x", 0},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      CHECK(rules.identify(row.text).size() == row.sightings);
    }
}

TEST_CASE("of overlapping candidates the more specific one stays", "[identify]") {
  Rules rules;
  const std::string key = rules.value("key");
  const auto found = rules.identify("DB=acmedb://app:" + key + "@db.acme.example/x\n");
  REQUIRE(found.size() == 1);
  // The same secret either way: sure beats likely.
  CHECK(rules.catalog().rule(found[0].rule).id == "acme/key");
}

TEST_CASE("a companion belongs to the nearest owner", "[identify][pairing]") {
  Rules rules;
  const std::string id1 = rules.value("id", 1), id2 = rules.value("id", 2);
  const std::string secret1 = rules.value("secret", 3), secret2 = rules.value("secret", 4);
  struct Row {
    const char* name;
    std::string text;
    std::vector<std::string> secrets;  // of the owners that are left, in their order
  };
  const Row rows[] = {
      {"next line", "id=" + id1 + "\nsecret=" + secret1 + "\n", {secret1}},
      {"line before", "secret=" + secret1 + "\nid=" + id1 + "\n", {secret1}},
      {"two profiles",
       "[a]\nid=" + id1 + "\nsecret=" + secret1 + "\n[b]\nid=" + id2 + "\nsecret=" + secret2 + "\n",
       {secret1, secret2}},
      {"two profiles without a line between", id1 + "\n" + secret1 + "\n" + id2 + "\n" + secret2, {secret1, secret2}},
      {"on one line", "id=" + id1 + " secret=" + secret1, {secret1}},
      {"too far", "id=" + id1 + "\n\n\n\n\nsecret=" + secret1, {}},
      {"missing", "id=" + id1, {}},
      {"never alone", "secret=" + secret1, {}},
      {"one secret for two owners", "id=" + id1 + "\nsecret=" + secret1 + "\nid=" + id2, {secret1}},
      {"the same owner again", "id=" + id1 + "\nsecret=" + secret1 + "\n# was " + id1, {secret1, secret1}},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      std::vector<std::string> secrets;
      for (const Sighting& sighting : rules.identify(row.text)) {
        REQUIRE(sighting.companions.size() == 1);
        CHECK(sighting.companions[0].role == "secret_access_key");
        CHECK(sighting.companions[0].secret);
        secrets.emplace_back(sighting.companions[0].value.reveal());
      }
      CHECK(secrets == row.secrets);
    }
}

/// Two rules that read a pair from different ends, and one that needs a third part.
constexpr std::string_view kBothEnds = R"(provider: acme
title: Acme
console: https://acme.example/tokens
tokens:
  - id: from-id
    title: Acme id
    kinds: [personal]
    near: [acme]
    within: {before: 80, after: 80}
    pattern: '\bAC[A-Z2-7]{16}\b'
    confidence: possible
    companions: [{role: secret_key, rule: some-secret, within_lines: 3, required: false}]
    examples: ['acme {token}', 'acme: {token}']
    non_examples: ['acme']
  - id: from-secret
    title: Acme secret
    kinds: [personal]
    near: [acme]
    within: {before: 80, after: 80}
    pattern: '\b[0-9a-z]{30}\b'
    confidence: likely
    companions: [{role: access_key_id, rule: some-id, within_lines: 3, required: true}]
    examples: ["acme {companion:some-id}\n{token}", "acme {token}\n{companion:some-id}"]
    non_examples: ['acme']
  - id: some-secret
    title: Acme secret
    near: [acme]
    within: {before: 80, after: 80}
    pattern: '\b[0-9a-z]{30}\b'
    only_as_companion: true
    examples: ['acme {token}', 'acme: {token}']
    non_examples: ['acme']
  - id: some-id
    title: Acme id
    near: [acme]
    within: {before: 80, after: 80}
    pattern: '\bAC[A-Z2-7]{16}\b'
    only_as_companion: true
    examples: ['acme {token}', 'acme: {token}']
    non_examples: ['acme']
capabilities:
  - {id: thing.read, effect: read, on: thing, title: list things}
kinds:
  - {id: personal, title: personal key, reach: Everything., grants: ['*']}
)";

TEST_CASE("two rules that read one pair from different ends leave one credential, not none", "[identify][pairing]") {
  Rules rules(kBothEnds);
  const std::string id = rules.value("some-id"), secret = rules.value("some-secret");
  for (const std::string& text : {"acme\n" + id + "\n" + secret + "\n", "acme\n" + secret + "\n" + id + "\n"}) {
    const auto found = rules.identify(text);
    REQUIRE(found.size() == 1);
    CHECK(rules.catalog().rule(found[0].rule).id == "acme/from-secret");
    REQUIRE(found[0].companions.size() == 1);
    CHECK(found[0].companions[0].value == Secret(id));
  }
  // Half a pair displaces nobody.
  const auto alone = rules.identify("acme\n" + id + "\n");
  REQUIRE(alone.size() == 1);
  CHECK(rules.catalog().rule(alone[0].rule).id == "acme/from-id");
}

TEST_CASE("no excerpt holds any secret of its file", "[identify]") {
  Rules rules;
  const std::string key = rules.value("key"), id = rules.value("id"), secret = rules.value("secret", 7);
  const std::string text = "a: " + key + " id=" + id + " secret=" + secret + "  # again: " + secret + " " + key + "\n";
  const auto found = rules.identify(text);
  REQUIRE(found.size() == 3);
  for (const Sighting& sighting : found)
    for (const std::string& value : {key, id, secret})
      CHECK(sighting.sites.at(0).excerpt.find(value.substr(8)) == std::string::npos);
}

TEST_CASE("identifiers near a token are recorded, and the token is none of them", "[identify][nearby]") {
  Rules rules;
  const std::string token = rules.value("uuid", 1), volume = rules.value("uuid", 2), other = rules.value("uuid", 3);
  const std::string text = "ACME_TOKEN=" + token + "\ncurl -d 'mutation { volumeDelete(volumeId: \"" + volume +
                           "\") }'\nACME_VOLUME=" + token + "\nsomething: " + other + "\nVOLUME_ID=" + volume + "\n";
  const std::vector<Candidate> all = rules.candidates(text);
  // Only the first is a candidate here: the rule reads any UUID near the word.
  const auto found = overreach::identify(Blob{text, "", {}}, std::span(all).first(1), rules.catalog());
  REQUIRE(found.size() == 1);
  CHECK(found[0].ids == std::vector<NearbyId>{{"volume", volume, "", 2}, {"volume", volume, "", 5}});
}

TEST_CASE("a blob seen at two places has two sites, one without origin has one", "[identify]") {
  Rules rules;
  const std::string text = "K=" + rules.value("key");
  CHECK(rules.identify(text, {Origin{.path = "a"}, Origin{.path = "b"}}).at(0).sites.size() == 2);
  CHECK(rules.identify(text, {}).at(0).sites.size() == 1);
}

TEST_CASE("a candidate made for other bytes is no sighting", "[identify]") {
  Rules rules;
  const std::vector<Candidate> candidates = rules.candidates("K=" + rules.value("key"));
  REQUIRE(candidates.size() == 1);
  CHECK(identify(Blob{"short", "", {}}, candidates, rules.catalog()).empty());
  CHECK(identify(Blob{std::string(200, 'x'), "", {}}, candidates, rules.catalog()).empty());
}

TEST_CASE("ten thousand tokens on one line take linear time", "[identify]") {
  Rules rules;
  std::string text;
  for (std::uint64_t i = 0; i < 10'000; ++i)
    text += "{k:'" + rules.value("key", i + 1) + "',ü:" + std::string(200, 'f') + "},";
  const auto begin = std::chrono::steady_clock::now();
  const auto found = rules.identify(text);
  const auto spent = std::chrono::steady_clock::now() - begin;
  REQUIRE(found.size() == 10'000);
  // Quadratic work would take minutes; sanitizers and a busy machine are allowed for.
  CHECK(spent < std::chrono::seconds(60));
  const Site& last = found.back().sites.at(0);
  CHECK(last.line == 1);
  CHECK(last.column - last.utf16_column == 9'999);
  CHECK(last.excerpt.size() <= 240);
}

}  // namespace
}  // namespace overreach
