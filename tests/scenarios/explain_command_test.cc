// `overreach explain`: the finding from a report or a new scan, the rule from the catalogue.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "tests/scenarios/railway_server.h"
#include "tests/scenarios/scenario.h"
#include "tests/support/leaks.h"
#include "tests/support/process.h"

using namespace overreach::testing;
using nlohmann::json;

namespace {

struct Fixture {
  Scenario scenario{"pocketos"};
  RailwayServer server{pocketos_world(scenario)};
  std::string report = (scenario.home() / "report.json").string();

  Outcome run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), OVERREACH_BINARY);
    Outcome outcome = run_process(arguments, scenario.root().string(), {}, {"HOME=" + scenario.home().string()});
    for (const auto& [name, secret] : scenario.secrets()) {
      INFO(name);
      CHECK(leaks_of(secret, outcome.out + outcome.err).empty());
    }
    return outcome;
  }

  /// Id of the finding of `rule` that is judged so, from a scan that asked the provider.
  std::string probed(const std::string& verdict) const {
    run({"scan", "--history", "--probe=railway", "--endpoint", "railway=" + server.url(), "--json", report, "--quiet"});
    std::ifstream file(report);
    const json parsed = json::parse(file);
    for (const json& finding : parsed.at("findings"))
      if (finding.at("verdict") == verdict) return finding.at("id");
    return {};
  }
};

bool says(const std::string& text, std::string_view what) { return text.find(what) != std::string::npos; }

/// The place of the step that begins so; fails when there is none.
std::size_t step(const json& explanation, std::string_view begins) {
  const json& steps = explanation.at("rotate");
  const auto it = std::find_if(steps.begin(), steps.end(),
                               [&](const json& one) { return one.get<std::string>().rfind(begins, 0) == 0; });
  INFO(begins << " in " << steps.dump(2));
  REQUIRE(it != steps.end());
  return static_cast<std::size_t>(it - steps.begin());
}

const json& power(const json& explanation, std::string_view id) {
  for (const json& one : explanation.at("powers"))
    if (one.at("capability") == id) return one;
  FAIL("no power " << id);
  return explanation;
}

void write(const std::filesystem::path& path, const std::string& text) { std::ofstream(path) << text; }

}  // namespace

TEST_CASE("a finding of a report is explained: powers, proof, evidence, what to make, in which order", "[explain]") {
  const Fixture fixture;
  const std::string id = fixture.probed("overreach");
  REQUIRE(id.size() == 16);
  const Outcome run = fixture.run({"explain", id, "--from", fixture.report, "--json"});
  REQUIRE(run.exit_code == 0);
  const json explanation = json::parse(run.out);
  CHECK(explanation.at("schema") == "overreach/explanation/1");
  CHECK(explanation.at("about") == "finding");
  CHECK(explanation.at("id") == id);
  CHECK(explanation.at("is").at("kind") == "account");
  CHECK(says(explanation.at("judged")[0], "overreach, critical"));
  CHECK(says(explanation.at("judged")[1], "accepted it"));

  const json& destroy = power(explanation, "volume.destroy");
  CHECK(destroy.at("effect") == "destroy");
  CHECK(destroy.at("means") == "loses data, access or a running thing");
  CHECK(destroy.at("undo") == "can be undone: 48 h");
  CHECK(destroy.at("takes_backups") == true);
  CHECK(destroy.at("needed") == false);
  CHECK(destroy.at("at")[0].at("because") == "the provider answered so");
  CHECK(says(destroy.at("at").dump(), "postgres-data"));
  CHECK(!destroy.at("why").empty());
  CHECK(power(explanation, "domain.write").at("needed") == true);

  const auto needed = explanation.at("needs");
  CHECK(std::any_of(needed.begin(), needed.end(), [](const json& need) {
    return need.at("capability") == "domain.write" && says(need.at("evidence").dump(), "scripts/domains.sh");
  }));
  CHECK(explanation.at("narrower")[0].at("kind") == "project");
  CHECK(says(explanation.at("narrower")[0].at("how"), "Settings"));
  CHECK(step(explanation, "Make a project token") < step(explanation, "Put it in place"));
  CHECK(step(explanation, "Put it in place") < step(explanation, "Run what uses it"));
  CHECK(step(explanation, "Run what uses it") < step(explanation, "Check what the new one can do"));
  CHECK(step(explanation, "Check what the new one can do") < step(explanation, "Revoke the old one"));
  CHECK(step(explanation, "It is in git history") > step(explanation, "Revoke the old one"));
  CHECK(says(explanation.at("lies_at").dump(), "tools/seed/legacy_fixtures.py"));
  CHECK(!explanation.at("stores").empty());
}

TEST_CASE("people get the same in words, and the beginning of an id is enough", "[explain]") {
  const Fixture fixture;
  const std::string id = fixture.probed("overreach");
  const Outcome run = fixture.run({"explain", id.substr(0, 6), "--from", fixture.report});
  CHECK(run.exit_code == 0);
  for (const char* words : {"critical:", "judged:", "proven (the provider answered so)", "(needed)", "make:",
                            "1. Make a project token", "Revoke the old one at https://", "lies at:", "stores:"}) {
    INFO(words);
    CHECK(says(run.out, words));
  }
}

TEST_CASE("without a report the finding is found again, and nobody is asked", "[explain]") {
  const Fixture fixture;
  const std::string id = fixture.probed("overreach");
  const std::size_t asked = fixture.server.requests().size();
  const Outcome run = fixture.run({"explain", id, ".", "--history"});
  CHECK(run.exit_code == 0);
  CHECK(says(run.out, "nobody asked the provider"));
  CHECK(says(run.out, "the provider documents it for this kind of token"));
  CHECK(fixture.server.requests().size() == asked);
}

TEST_CASE("a dead credential is only taken out", "[explain]") {
  const Fixture fixture;
  const std::string id = fixture.probed("dead");
  REQUIRE(!id.empty());
  const json explanation = json::parse(fixture.run({"explain", id, "--from", fixture.report, "--json"}).out);
  for (const json& one : explanation.at("rotate")) CHECK(!says(one, "Revoke"));
  CHECK(says(explanation.at("judged")[0], "dead"));
}

TEST_CASE("a rule or a provider is explained from the catalogue", "[explain]") {
  const Fixture fixture;
  const Outcome rule = fixture.run({"explain", "github/classic-token", "--json"});
  REQUIRE(rule.exit_code == 0);
  const json explanation = json::parse(rule.out);
  CHECK(explanation.at("about") == "rule");
  REQUIRE(explanation.at("tokens").size() == 1);
  REQUIRE(explanation.at("kinds").size() == 1);
  CHECK(explanation.at("kinds")[0].at("kind") == "classic");
  CHECK(power(explanation, "repository.destroy").at("effect") == "destroy");
  const json railway = json::parse(fixture.run({"explain", "railway", "--json"}).out);
  CHECK(railway.at("about") == "provider");
  CHECK(railway.at("only_a_gate") == true);
  CHECK(says(fixture.run({"explain", "railway"}).out, "No kind is narrower by verb"));
}

TEST_CASE("the narrower token is named with exactly the scopes that the code needs", "[explain]") {
  const Fixture fixture;
  const std::filesystem::path folder = fixture.scenario.home() / "code";
  std::filesystem::create_directories(folder);
  write(folder / ".env", "GITHUB_TOKEN=" + fixture.scenario.value("GITHUB_TOKEN") + "\n");
  write(folder / "clean.sh",
        "#!/bin/sh\n. ./.env\ncurl -X DELETE -H \"Authorization: token $GITHUB_TOKEN\" "
        "https://api.github.com/repos/acme/old\n");
  const std::string report = (fixture.scenario.home() / "code.json").string();
  fixture.run({"scan", folder.string(), "--json", report, "--quiet"});
  std::ifstream file(report);
  const json findings = json::parse(file).at("findings");
  REQUIRE(findings.size() == 1);
  const Outcome run = fixture.run({"explain", findings[0].at("id"), folder.string(), "--json"});
  REQUIRE(run.exit_code == 0);
  CHECK(leaks_of(fixture.scenario.value("GITHUB_TOKEN"), run.out).empty());
  const json explanation = json::parse(run.out);
  REQUIRE(explanation.at("narrower").size() == 1);
  CHECK(explanation.at("narrower")[0].at("scopes") == json{"administration:write"});
  CHECK(says(explanation.at("rotate")[0], "with administration:write and nothing else"));
}

TEST_CASE("what cannot be explained is said, and never repeated", "[explain]") {
  const Fixture fixture;
  const std::string id = fixture.probed("overreach");
  const Outcome credential = fixture.run({"explain", fixture.scenario.secrets().at("RAILWAY_ACCOUNT_TOKEN")});
  CHECK(credential.exit_code == 2);
  CHECK(says(credential.err, "neither the id of a finding"));
  const Outcome absent = fixture.run({"explain", "0123456789abcdef", "--from", fixture.report});
  CHECK(absent.exit_code == 2);
  CHECK(says(absent.err, id));  // what there is
  CHECK(fixture.run({"explain"}).exit_code == 2);
  CHECK(fixture.run({"explain", id, ".", "--from", fixture.report}).exit_code == 2);
  CHECK(fixture.run({"explain", id, "--from", "/nowhere/report.json"}).exit_code == 2);
  CHECK(fixture.run({"explain", id, "/nowhere"}).exit_code == 2);
  const Outcome no_rule = fixture.run({"explain", "railway/no-such-token"});
  CHECK(no_rule.exit_code == 2);
  CHECK(says(no_rule.err, "railway/api-token"));
}

TEST_CASE("a report that is none, or was changed, is an error with the file's name", "[explain]") {
  const Fixture fixture;
  const std::string path = (fixture.scenario.home() / "bad.json").string();
  const char* const texts[] = {
      "",
      "{",
      "[]",
      R"({"schema": "overreach/report/2", "findings": []})",
      R"({"schema": "overreach/report/1"})",
      R"({"schema": "overreach/report/1", "findings": 1})",
      R"({"schema": "overreach/report/1", "findings": [1]})",
      R"({"schema": "overreach/report/1", "findings": []})",
      R"({"schema": "overreach/report/1", "findings": [{"id": "0123456789abcdef"}]})",
      R"({"schema": "overreach/report/1", "findings": [{"id": "0123456789abcdef", "provider": "railway", "reach": {}}]})",
  };
  for (const char* text : texts) {
    INFO(text);
    write(path, text);
    const Outcome run = fixture.run({"explain", "0123456789abcdef", "--from", path});
    CHECK(run.exit_code == 2);
    CHECK(says(run.err, "bad.json"));
  }
}
