#include "detectors/identify/filters.h"

#include <catch2/catch.hpp>

#include "rules/catalog/sample.h"

namespace overreach {
namespace {

TEST_CASE("a word just left of a value says that it is an identifier", "[identify][filters]") {
  struct Row {
    const char* name;
    const char* left;
    bool named;
  };
  const std::vector<std::string> words = {"project_id", "sha", "--service"};
  const Row rows[] = {
      {"snake case", "project_id = \"", true},
      {"camel case", "projectId: '", true},
      {"capitals", "RAILWAY_PROJECT_ID=", true},
      {"dashes", "project-id: ", true},
      {"dots", "project.id=", true},
      {"one word", "projectid=", true},
      {"a query parameter", "?a=1&projectId=", true},
      {"prose", "the commit sha is ", true},
      {"argument of a call", "volumeDelete(projectId: \"", true},
      {"only part of a word", "shared_token=", false},
      {"words that are not joined", "project=acme id=", false},
      {"named further left", "project_id=12, token=", false},
      {"previous assignment on the line", "PROJECT_ID=12 ACME_TOKEN=", false},
      {"a flag", "railway up --service ", true},
      {"a flag with an equals sign", "railway up --service=", true},
      {"the flag's word without dashes", "service token: ", false},
      {"nothing", "", false},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      CHECK(named_by(words, row.left) == row.named);
    }
}

TEST_CASE("a value that nobody would use is a placeholder", "[identify][filters]") {
  struct Row {
    const char* name;
    std::string value;
    std::size_t known = 0;
    const char* before = "";
    const char* after = "";
    bool placeholder = true;
  };
  const std::string body = "q7Vw3XbT9kLm2RzP8nYc5JdH";
  const Row rows[] = {
      {"shell variable", "${TOKEN}"},
      {"shell variable inside", "x${TOKEN}x"},
      {"bare shell variable", "$TOKEN"},
      {"mustache", "{{ token }}"},
      {"angle brackets", "<your token>"},
      {"windows variable", "%TOKEN%"},
      {"format field", "{token}"},
      {"marks outside the match", "TOKEN_NAME", 0, "${", "}"},
      {"crosses", "acme_xxxxxxxxxxxxxxxxxxxxxxxx", 5},
      {"stars", "********"},
      {"dots", "acme_abc....", 5},
      {"one character", "00000000-0000-0000-0000-000000000000"},
      {"alphabet", "abcdefghijklmnop"},
      {"digits downwards", "9876543210"},
      {"one piece three times", "a1b2a1b2a1b2"},
      {"word example", "AKIA" + std::string("IOSFODNN7") + "EXAMPLE"},
      {"changeme", "ChangeMe!"},
      {"your", "acme_your_token_here", 5},
      {"tutorial password", "postgres"},
      {"nothing after the prefix", "acme_", 5},
      {.name = "random", .value = "acme_" + body, .known = 5, .placeholder = false},
      {.name = "random uuid", .value = "3f2b8c1e-7d49-4a6b-9c05-e1f7a2d84b60", .placeholder = false},
      {.name = "a password with a dollar", .value = "pa$sW0rd-9z", .placeholder = false},
      {.name = "test mode is not a test word", .value = "sk_test_" + body, .known = 8, .placeholder = false},
      // A signature of zeros is a long run, but not most of the value.
      {.name = "long run in a long value",
       .value = body + body + body + body + std::string(30, 'A'),
       .placeholder = false},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      CHECK(is_placeholder(row.value, row.known, row.before, row.after) == row.placeholder);
    }
}

TEST_CASE("names read as words, random values do not", "[identify][filters]") {
  for (const char* text :
       {"billing-service-token", "getAccessToken", "MY_SECRET_NAME", "com.acme.Service", "password"}) {
    INFO(text);
    CHECK(reads_as_words(text));
  }
  for (const char* text : {"", "billing-service-token-2", "hunter2", "a.b.c.d", "correct horse battery"}) {
    INFO(text);
    CHECK_FALSE(reads_as_words(text));
  }
  std::size_t words = 0;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) words += reads_as_words(sample("[A-Za-z]{20}", seed)) ? 1 : 0;
  CHECK(words < 20);
}

TEST_CASE("a name beside a credential may be a word that is no password", "[identify][filters]") {
  for (const char* name : {"root", "admin", "postgres"}) {
    CHECK(is_placeholder(name, 0, "", ""));
    CHECK(!is_placeholder(name, 0, "", "", Stands::beside));
  }
  for (const char* name : {"${USER}", "<user>", "your_user", "xxxxxxxx"})
    CHECK(is_placeholder(name, 0, "", "", Stands::beside));
}

TEST_CASE("entropy is bits per character", "[identify][filters]") {
  CHECK(entropy("") == 0);
  CHECK(entropy("aaaa") == 0);
  CHECK(entropy("abab") == Approx(1));
  CHECK(entropy("0123456789abcdef") == Approx(4));
}

}  // namespace
}  // namespace overreach
