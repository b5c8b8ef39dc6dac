// `overreach needs` on whole repositories: the golden file of each says what its credentials need, and why.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/scenarios/scenario.h"
#include "tests/support/leaks.h"
#include "tests/support/process.h"

namespace overreach::testing {
namespace {

using nlohmann::json;

Outcome needs(const Scenario& scenario, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {OVERREACH_BINARY, "needs"});
  Outcome outcome = run_process(arguments, scenario.root().string(), {}, {"HOME=" + scenario.home().string()});
  for (const auto& [name, secret] : scenario.secrets()) {
    INFO(name);
    CHECK(leaks_of(secret, outcome.out + outcome.err).empty());
  }
  return outcome;
}

std::string read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// Compares with tests/scenarios/<name>/needs.txt; OVERREACH_UPDATE_GOLDEN=1 writes it.
void check_golden(const std::string& name, const std::string& text) {
  const std::string path = std::string(OVERREACH_SOURCE_DIR) + "/tests/scenarios/" + name + "/needs.txt";
  if (std::getenv("OVERREACH_UPDATE_GOLDEN") != nullptr) std::ofstream(path, std::ios::binary) << text;
  CHECK(read(path) == text);
}

}  // namespace

TEST_CASE("the needs of whole repositories are what their code does", "[needs]") {
  const auto name = GENERATE(as<std::string>(), "shop", "ledger", "fleet");
  INFO(name);
  const Scenario scenario(name);
  const Outcome outcome = needs(scenario, {});
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.err.empty());
  check_golden(name, outcome.out);
}

TEST_CASE("the needs are told to machines as well", "[needs]") {
  const Scenario scenario("fleet");
  const Outcome outcome = needs(scenario, {"--json"});
  REQUIRE(outcome.exit_code == 0);
  const json report = json::parse(outcome.out);
  CHECK(report.at("schema") == "overreach/needs/1");
  bool found = false;
  for (const json& one : report.at("credentials")) {
    CHECK_FALSE(one.at("names").empty());
    CHECK(one.at("found") == false);
    if (one.at("names") != json::array({"ISSUES_TOKEN"})) continue;
    found = true;
    CHECK(one.at("state") == "needs");
    CHECK(one.at("needs").at(0).at("capability") == "issue.write");
    CHECK(one.at("least").at("words").at(0).at("word") == "issues:write");
  }
  CHECK(found);
}

TEST_CASE("what is wrong with the arguments is said", "[needs]") {
  const Scenario scenario("fleet");
  CHECK(needs(scenario, {"no/such/place"}).exit_code == 2);
  CHECK(needs(scenario, {"--frobnicate"}).exit_code == 2);
}

}  // namespace overreach::testing
