#include "tests/scenarios/scenario.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <set>
#include <sstream>

#include "scanner/base/hash.h"
#include "tests/support/process.h"

namespace overreach::testing {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::string git(const Scenario& scenario, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "git");
  const Outcome outcome = run_process(arguments, scenario.root().string(), "", {"HOME=" + scenario.home().string()});
  REQUIRE(outcome.exit_code == 0);
  return outcome.out;
}

bool in_history(const Scenario& scenario, const std::string& value) {
  return !git(scenario, {"log", "--all", "--format=%h", "-S" + value}).empty();
}

}  // namespace

TEST_CASE("placeholder values have the shape of what they stand for", "[scenario]") {
  const Placeholders one(1), two(2);
  for (const char* name : {"RAILWAY_ACCOUNT_TOKEN", "RAILWAY_VOLUME_ID"}) {
    const std::string uuid = one.value(name);
    INFO(name);
    CHECK(uuid.size() == 36);
    CHECK(uuid[14] == '4');
    CHECK(std::string("89ab").find(uuid[19]) != std::string::npos);
    CHECK(uuid == one.value(name));
    CHECK(uuid != two.value(name));
  }
  CHECK(one.value("RAILWAY_ACCOUNT_TOKEN") != one.value("RAILWAY_OLD_TOKEN"));
  CHECK(one.value("STRIPE_KEY").starts_with(std::string("sk_") + "live_"));
  CHECK(one.value("POSTGRES_PASSWORD").size() == 24);
  CHECK_THROWS_AS(one.value("NO_SUCH_THING"), std::invalid_argument);
}

TEST_CASE("a generated GitHub token carries its checksum", "[scenario]") {
  constexpr std::string_view letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const std::string token = Placeholders(seed).value("GITHUB_TOKEN");
    REQUIRE(token.size() == 40);
    std::uint64_t sum = 0;
    for (const char c : token.substr(34)) sum = sum * 62 + letters.find(c);
    CHECK(sum == crc32(token.substr(4, 30)));
  }
}

TEST_CASE("the PocketOS repository is built as its script tells", "[scenario]") {
  const Scenario scenario("pocketos");
  CHECK(scenario.commits().size() == 8);
  CHECK(git(scenario, {"log", "-1", "--format=%an <%ae> %aI"}) ==
        "Dev <dev@pocketos.example> 2026-03-03T14:12:00+00:00\n");
  CHECK(git(scenario, {"status", "--porcelain"}).empty());
  CHECK(fs::exists(scenario.root() / ".github/workflows/ci.yml"));
  CHECK((fs::status(scenario.root() / "scripts/domains.sh").permissions() & fs::perms::owner_exec) != fs::perms::none);

  const std::string account = scenario.secrets().at("RAILWAY_ACCOUNT_TOKEN");
  SECTION("the account token lies in an ignored file, in an unrelated one, and in an old script") {
    CHECK(read(scenario.root() / ".env").find(account) != std::string::npos);
    CHECK(git(scenario, {"check-ignore", ".env"}) == ".env\n");
    CHECK(read(scenario.root() / "tools/seed/legacy_fixtures.py").find(account) != std::string::npos);
    CHECK(git(scenario, {"show", scenario.commits().at(4) + ":scripts/domains.sh"}).find(account) != std::string::npos);
    CHECK(read(scenario.root() / "scripts/domains.sh").find(account) == std::string::npos);
  }
  SECTION("two tokens are in the history only") {
    for (const char* name : {"RAILWAY_OLD_TOKEN", "GITHUB_TOKEN"}) {
      const std::string value = scenario.secrets().at(name);
      CHECK(in_history(scenario, value));
      for (const auto& entry : fs::recursive_directory_iterator(scenario.root()))
        if (entry.is_regular_file() && entry.path().string().find("/.git/") == std::string::npos)
          CHECK(read(entry.path()).find(value) == std::string::npos);
    }
  }
  SECTION("what is not committed is not in the history") {
    for (const char* name : {"STRIPE_KEY", "POSTGRES_PASSWORD"})
      CHECK_FALSE(in_history(scenario, scenario.secrets().at(name)));
  }
  SECTION("no placeholder is left") {
    for (const auto& entry : fs::recursive_directory_iterator(scenario.root()))
      if (entry.is_regular_file() && entry.path().string().find("/.git/") == std::string::npos)
        CHECK(read(entry.path()).find("@@") == std::string::npos);
  }
  SECTION("identifiers are told from secrets") {
    CHECK(scenario.ids().contains("RAILWAY_VOLUME_ID"));
    CHECK_FALSE(scenario.secrets().contains("RAILWAY_VOLUME_ID"));
    CHECK(scenario.secrets().size() == 5);
  }
}

TEST_CASE("the same seed gives the same commits", "[scenario]") {
  CHECK(Scenario("pocketos", 7).commits() == Scenario("pocketos", 7).commits());
  CHECK(Scenario("pocketos", 7).commits() != Scenario("pocketos", 8).commits());
}

TEST_CASE("the control repository holds one project token and nothing else", "[scenario]") {
  const Scenario scenario("control");
  CHECK(scenario.secrets().size() == 1);
  CHECK(read(scenario.root() / ".env") == "RAILWAY_TOKEN=" + scenario.secrets().at("RAILWAY_PROJECT_TOKEN") + "\n");
  CHECK_FALSE(in_history(scenario, scenario.secrets().at("RAILWAY_PROJECT_TOKEN")));
}

TEST_CASE("a scenario that does not exist is named in the error", "[scenario]") {
  CHECK_THROWS_WITH(Scenario("nowhere"), Catch::Contains("nowhere"));
}

}  // namespace overreach::testing
