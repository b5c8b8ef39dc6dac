#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <random>

#include "tests/identify/fixture.h"

namespace overreach {
namespace {

using testing::Rules;

TEST_CASE("the same credential in several files is one token", "[identify][merge]") {
  Rules rules;
  const std::string key = rules.value("key");
  std::vector<Sighting> all;
  for (const char* path : {"b.env", "a.env", "b.env"})
    for (Sighting& s : rules.identify("K=" + key, {Origin{.path = path}})) all.push_back(std::move(s));
  const std::vector<Token> tokens = merge(std::move(all), rules.catalog());
  REQUIRE(tokens.size() == 1);
  const Token& token = tokens[0];
  REQUIRE(token.sites.size() == 2);
  CHECK(token.sites[0].origin.path == "a.env");
  CHECK(token.provider == "acme");
  CHECK(token.rule == "acme/key");
  CHECK(token.title == "Acme key");
  CHECK(token.kinds == std::vector<std::string>{"personal", "project"});
  CHECK(token.confidence == "sure");
  CHECK(token.masked == key.substr(0, 5) + "…");
  CHECK(token.id.size() == 16);
}

TEST_CASE("an id depends on the credential alone", "[identify][merge]") {
  Rules rules;
  const std::string key = rules.value("key");
  const std::string id = rules.tokens("K=" + key).at(0).id;
  CHECK(rules.tokens("other: '" + key + "'\n\n").at(0).id == id);
  CHECK(rules.tokens("K=" + rules.value("key", 2)).at(0).id != id);
  setenv("OVERREACH_KEY", "changed", 1);
  CHECK(rules.tokens("K=" + key).at(0).id == id);
  unsetenv("OVERREACH_KEY");
}

TEST_CASE("ids stay what they are from release to release", "[identify][merge]") {
  Rules rules;
  // Ignore lists in repositories hold these: a change here is a change of everybody's lists.
  // PBKDF2 and HMAC of "acme NUL secret NUL host NUL user" under the domain, first 8 bytes.
  CHECK(rules.tokens("x acmedb://app:k9z@db.acme.example/x").at(0).id == "3e6b061ab4cf3487");
  CHECK(rules.tokens("x acmedb://app:Correct-Horse_Battery7Staple@db.acme.example/x").at(0).id == "01293f4b9d221089");
}

TEST_CASE("one password for two users or hosts is two credentials", "[identify][merge]") {
  Rules rules;
  const auto tokens = rules.tokens(
      "acmedb://app:q7Vw3XbT9kLm@one.example/x\nacmedb://admin:q7Vw3XbT9kLm@one.example/x\n"
      "acmedb://app:q7Vw3XbT9kLm@two.example/x\nacmedb://app:q7Vw3XbT9kLm@one.example/other\n");
  REQUIRE(tokens.size() == 3);
  CHECK(std::count_if(tokens.begin(), tokens.end(), [](const Token& t) { return t.sites.size() == 2; }) == 1);
  CHECK(tokens[0].id != tokens[1].id);
  CHECK(tokens[1].id != tokens[2].id);
}

TEST_CASE("companions of all places are one set, and the majority decides a conflict", "[identify][merge]") {
  Rules rules;
  const std::string id = rules.value("id");
  const std::string right = rules.value("secret", 11), wrong = rules.value("secret", 12);
  std::vector<Sighting> all;
  for (const std::string& secret : {right, wrong, right})
    for (Sighting& s :
         rules.identify("id=" + id + "\nsecret=" + secret, {Origin{.path = "f" + std::to_string(all.size())}}))
      all.push_back(std::move(s));
  const auto tokens = merge(std::move(all), rules.catalog());
  REQUIRE(tokens.size() == 1);
  REQUIRE(tokens[0].companion("secret_access_key") != nullptr);
  CHECK(tokens[0].companion("secret_access_key")->value == Secret(right));
}

TEST_CASE("the order of sightings does not matter", "[identify][merge]") {
  Rules rules;
  std::string text;
  for (std::uint64_t i = 0; i < 20; ++i)
    text += "K=" + rules.value("key", i % 7 + 1) + "\nACME=" + rules.value("uuid", i + 50) + "\n";
  const auto ids = [](const std::vector<Token>& tokens) {
    std::vector<std::pair<std::string, std::vector<Site>>> out;
    for (const Token& token : tokens) out.emplace_back(token.id, token.sites);
    return out;
  };
  const auto expected = ids(merge(rules.identify(text), rules.catalog()));
  CHECK(expected.size() == 27);
  std::mt19937 random(7);
  for (int i = 0; i < 5; ++i) {
    std::vector<Sighting> sightings = rules.identify(text);
    std::shuffle(sightings.begin(), sightings.end(), random);
    CHECK(ids(merge(std::move(sightings), rules.catalog())) == expected);
  }
}

}  // namespace
}  // namespace overreach
