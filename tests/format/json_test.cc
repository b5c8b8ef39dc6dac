#include <catch2/catch.hpp>

#include "tests/format/samples.h"
#include "tests/format/support.h"

using namespace overreach;
using nlohmann::json;

namespace {

const std::string kSchema = std::string(OVERREACH_SOURCE_DIR) + "/reports/schema/report.schema.json";

json finding_of(const Finding& finding) {
  return json::parse(json_of({&finding, 1}, samples::summary())).at("findings").at(0);
}

}  // namespace

TEST_CASE("every report fits the schema in the tree", "[format][json]") {
  const std::vector<Finding> findings = samples::all();
  check_schema(json::parse(json_of(findings, samples::summary())), kSchema);
  check_schema(json::parse(json_of({}, samples::summary())), kSchema);
  check_schema(json::parse(json_of({}, ScanSummary{})), kSchema);
}

TEST_CASE("the reading order of the members is fixed", "[format][json]") {
  const std::vector<Finding> findings = samples::all();
  const auto report = nlohmann::ordered_json::parse(json_of(findings, samples::summary()));
  std::vector<std::string> keys;
  for (const auto& [key, value] : report.items()) keys.push_back(key);
  CHECK(keys == std::vector<std::string>{"schema", "tool", "scanned", "exit_code", "notices", "findings"});
  CHECK(json_of(findings, samples::summary()) == json_of(findings, samples::summary()));
}

TEST_CASE("the kind is the proven one, else all that it can be", "[format][json]") {
  CHECK(finding_of(samples::railway()).at("kind") == "account");
  CHECK(finding_of(samples::not_probed()).at("kind") == "full|custom");
  CHECK(finding_of(samples::unknown()).at("kind") == "");
}

TEST_CASE("the reach names its state and the strongest proof behind it", "[format][json]") {
  struct Row {
    const char* name;
    Finding finding;
    const char* state;
    const char* proof;
  };
  const Row rows[] = {{"live", samples::railway(), "live", "proven"},
                      {"dead, as the provider said", samples::dead(), "dead", "proven"},
                      {"upper bound", samples::not_probed(), "not-probed", "documented"},
                      {"no answer", samples::unknown(), "unknown", "assumed"}};
  for (const Row& row : rows) {
    DYNAMIC_SECTION(row.name) {
      const json reach = finding_of(row.finding).at("reach");
      CHECK(reach.at("state") == row.state);
      CHECK(reach.at("proof") == row.proof);
      CHECK(reach.contains("why") == (reach.at("state") == "dead" || reach.at("state") == "unknown"));
    }
  }
}

TEST_CASE("sites carry what a reader needs to find them again", "[format][json]") {
  const json sites = finding_of(samples::railway()).at("sites");
  REQUIRE(sites.size() == 4);
  CHECK(sites.at(0).at("path") == "scripts/domains.sh");
  CHECK(sites.at(0).at("name") == "RAILWAY_TOKEN");
  CHECK(sites.at(2).at("ignored") == true);
  CHECK(sites.at(3).at("source") == "history");
  CHECK(sites.at(3).at("in_head") == false);
  CHECK(sites.at(3).at("commit") == "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d");
  CHECK_FALSE(sites.at(0).contains("commit"));
}

TEST_CASE("companions are masked, the public ones too", "[format][json]") {
  const json companions = finding_of(samples::railway()).at("companions");
  REQUIRE(companions.size() == 2);
  CHECK(companions.at(0) == json{{"role", "host"}, {"masked", "plan…"}, {"secret", false}});
}
