#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <set>

#include "reports/format/sarif_rules.h"
#include "tests/format/multitool.h"
#include "tests/format/samples.h"
#include "tests/format/support.h"

using namespace overreach;
using nlohmann::json;

namespace {

json run_of(std::span<const Finding> findings, const ScanSummary& summary = samples::summary()) {
  return json::parse(sarif_of(findings, summary)).at("runs").at(0);
}

json result_of(const Finding& finding) { return run_of({&finding, 1}).at("results").at(0); }

/// How often a notification of the run has this id.
std::size_t notices(const json& run, SarifNotice notice) {
  std::size_t n = 0;
  for (const json& entry : run.at("invocations").at(0).at("toolExecutionNotifications"))
    if (entry.at("descriptor").at("id") == sarif_notice_id(notice)) ++n;
  return n;
}

}  // namespace

TEST_CASE("the SARIF validator has nothing to say, not even a note", "[format][sarif]") {
  const std::vector<Finding> findings = samples::all();
  CHECK(validate_sarif(sarif_of(findings, samples::summary())) == std::vector<std::string>{});
  CHECK(validate_sarif(sarif_of({}, samples::summary())) == std::vector<std::string>{});
}

TEST_CASE("the SARIF validator would have found a fault", "[format][sarif]") {
  struct Row {
    const char* name;
    const char* pointer;
    json value;
  };
  const Row rows[] = {
      {"a line 0", "/runs/0/results/0/locations/0/physicalLocation/region/startLine", 0},
      {"a rule index beyond the rules", "/runs/0/results/0/ruleIndex", 99},
      {"no location", "/runs/0/results/0/locations", json::array()},
      {"no help for a rule", "/runs/0/tool/driver/rules/0/help", nullptr},
  };
  const std::vector<Finding> findings = {samples::railway()};
  const json good = json::parse(sarif_of(findings, samples::summary()));
  for (const Row& row : rows) {
    json broken = good;
    broken[json::json_pointer(row.pointer)] = row.value;
    INFO(row.name);
    CHECK_FALSE(validate_sarif(broken.dump()).empty());
  }
}

TEST_CASE("every run declares the same rules, and each severity of a verdict has its own", "[format][sarif]") {
  const std::vector<Finding> findings = samples::all();
  const json rules = run_of(findings).at("tool").at("driver").at("rules");
  CHECK(rules == run_of({}).at("tool").at("driver").at("rules"));
  std::set<std::string> ids, names;
  for (const json& rule : rules) {
    ids.insert(rule.at("id"));
    names.insert(rule.at("name"));
    const double score = std::stod(rule.at("properties").at("security-severity").get<std::string>());
    INFO(rule.at("name"));
    CHECK(score > 0);
    CHECK(score <= 10);
    CHECK(rule.at("properties").at("tags").size() <= 10);
  }
  CHECK(ids.size() == rules.size());
  CHECK(names.size() == rules.size());
  for (int verdict = 0; verdict < 5; ++verdict) {
    for (int severity = 0; severity < 5; ++severity) {
      const auto v = static_cast<Verdict>(verdict);
      const auto s = static_cast<Severity>(severity);
      CHECK(rules.at(sarif_rule_index(v, s)).at("id") == sarif_rule_id(v, s));
    }
  }
}

TEST_CASE("the score of a rule lies in the band that code scanning shows for its severity", "[format][sarif]") {
  struct Row {
    const char* name;
    Severity severity;
    double above, at_most;
  };
  const Row rows[] = {{"critical", Severity::critical, 9.0, 10.0},
                      {"high", Severity::high, 6.9, 8.9},
                      {"medium", Severity::medium, 3.9, 6.9},
                      {"low", Severity::low, 0.0, 3.9},
                      {"note", Severity::note, 0.0, 0.1}};
  const json rules = sarif_rules();
  for (const Row& row : rows) {
    for (int verdict = 0; verdict < 5; ++verdict) {
      const json& rule = rules.at(sarif_rule_index(static_cast<Verdict>(verdict), row.severity));
      const double score = std::stod(rule.at("properties").at("security-severity").get<std::string>());
      INFO(row.name << " " << rule.at("id"));
      CHECK(score > row.above);
      CHECK(score <= row.at_most);
    }
  }
}

TEST_CASE("a result points at the definition and links every other place", "[format][sarif]") {
  const json result = result_of(samples::railway());
  CHECK(result.at("ruleId") == "OVR2001");
  CHECK(result.at("level") == "error");
  const json& place = result.at("locations").at(0).at("physicalLocation");
  CHECK(place.at("artifactLocation").at("uri") == "scripts/domains.sh");
  CHECK(place.at("region") == json{{"startLine", 4}, {"startColumn", 22}, {"endColumn", 58}});
  CHECK(result.at("partialFingerprints") == json{{"overreach/token/v1", samples::railway().token.id}});
  std::vector<std::string> uris;
  for (const json& related : result.at("relatedLocations")) {
    CHECK(related.at("id") == uris.size() + 1);
    uris.push_back(related.at("physicalLocation").at("artifactLocation").at("uri"));
  }
  // Three copies, then the steps of the needs, each line once.
  CHECK(uris == std::vector<std::string>{"src/legacy/seed.ts", ".env", "deploy/old.yml", "scripts/domains.sh",
                                         ".github/workflows/domains.yml", "scripts/domains.sh", "scripts/domains.sh",
                                         "scripts/domains.sh"});
  const std::string message = result.at("message").at("text");
  CHECK(message.find("[src/legacy/seed.ts:31](1)") != std::string::npos);
  CHECK(message.find("'domain.write' at [scripts/domains.sh:17](7)") != std::string::npos);
  CHECK(message.find("'volume.destroy' (environment production, project rentals, with the backups, proven)") !=
        std::string::npos);
}

TEST_CASE("columns are UTF-16 code units, and left out where they are not known", "[format][sarif]") {
  Finding finding = samples::dead();
  Site& site = finding.token.sites.front();
  site.column = 30;
  site.end_column = 66;
  const auto region = [&] { return result_of(finding)["locations"][0]["physicalLocation"]["region"]; };
  site.utf16_column = 20;
  site.utf16_end_column = 56;
  CHECK(region() == json{{"startLine", 3}, {"startColumn", 20}, {"endColumn", 56}});
  site.utf16_column = site.utf16_end_column = 0;
  CHECK(region() == json{{"startLine", 3}});
}

TEST_CASE("a flow leads from the definition through each step to the reach", "[format][sarif]") {
  const json flows = result_of(samples::railway()).at("codeFlows");
  REQUIRE(flows.size() == 2);
  const json& steps = flows.at(0).at("threadFlows").at(0).at("locations");
  REQUIRE(steps.size() == 5);
  CHECK(steps.at(0).at("location").at("message").at("text") == "defines RAILWAY_TOKEN");
  CHECK(steps.at(3).at("location").at("physicalLocation").at("region").at("startLine") == 17);
}

TEST_CASE("the properties of a result hold what it can do and what it needs", "[format][sarif]") {
  const json p = result_of(samples::railway()).at("properties");
  CHECK(p.at("provider") == "railway");
  CHECK(p.at("kind") == "account");
  CHECK(p.at("verdict") == "overreach");
  CHECK(p.at("effects") == json{"destroy", "secrets", "write", "read"});
  CHECK(p.at("needs") == json{"domain.write", "project.read"});
  CHECK(p.at("reach").at("state") == "live");
  CHECK(p.at("excess").at(0).at("takesBackups") == true);
  CHECK_FALSE(p.contains("commit"));
}

TEST_CASE("a credential that only history holds is placed at its path with its commit", "[format][sarif]") {
  const json result = result_of(samples::history_only());
  const json& place = result.at("locations").at(0).at("physicalLocation");
  CHECK(place.at("artifactLocation").at("uri") == "keys/deploy");
  // One line, so that a pull request shows it; the whole key is a related location.
  CHECK_FALSE(place.at("region").contains("endLine"));
  CHECK(result.at("relatedLocations").at(0).at("physicalLocation").at("region").at("endLine") == 7);
  CHECK(result.at("properties").at("commit") == "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d");
  CHECK(result.at("message").at("text").get<std::string>().find("since commit 1a2b3c4, removed again") !=
        std::string::npos);
}

TEST_CASE("the run says what was scanned, what was not, and how it ended", "[format][sarif]") {
  const json run = run_of({});
  const json& invocation = run.at("invocations").at(0);
  CHECK(invocation.at("exitCode") == 3);
  CHECK(invocation.at("executionSuccessful") == false);
  CHECK(notices(run, SarifNotice::not_read) == 1);
  CHECK(notices(run, SarifNotice::skipped) == 1);
  CHECK(notices(run, SarifNotice::about_the_run) == 2);
  CHECK(run.at("automationDetails").at("id") == "overreach/tree/probed/");
  CHECK(run.at("columnKind") == "utf16CodeUnits");
  CHECK(run.at("versionControlProvenance").at(0).at("repositoryUri") == "https://git.example/rentals/app");
  CHECK(run.at("tool").at("driver").at("name") == "overreach");
  CHECK(run.at("tool").at("driver").at("semanticVersion") == "0.1.0");
}

TEST_CASE("runs of different modes have different categories", "[format][sarif]") {
  std::set<std::string> categories;
  for (const char* mode : {"tree", "staged", "range", "history", "stdin"}) {
    for (const bool probed : {false, true}) {
      ScanSummary summary = samples::summary();
      summary.mode = mode;
      summary.probed = probed;
      categories.insert(run_of({}, summary).at("automationDetails").at("id"));
    }
  }
  CHECK(categories.size() == 10);
}

TEST_CASE("no result carries the line it is about", "[format][sarif]") {
  const std::vector<Finding> findings = samples::all();
  const std::string sarif = sarif_of(findings, samples::summary());
  CHECK(sarif.find("snippet") == std::string::npos);
  CHECK(sarif.find("contextRegion") == std::string::npos);
  CHECK(sarif.find("export RAILWAY_TOKEN") == std::string::npos);
}

TEST_CASE("more results than code scanning takes: the worst stay, and the run says so", "[format][sarif]") {
  std::vector<Finding> findings(5003, samples::dead());
  for (std::size_t i = 0; i < findings.size(); ++i) findings[i].token.id = fmt::format("{:016x}", i);
  findings.back() = samples::railway();
  const json run = run_of(findings);
  CHECK(run.at("results").size() == 5000);
  CHECK(run.at("results").at(0).at("ruleId") == "OVR2001");
  CHECK(notices(run, SarifNotice::results_dropped) == 1);
  CHECK(notices(run_of({}), SarifNotice::results_dropped) == 0);
}

TEST_CASE("a credential with thousands of copies stays within the limits of a result", "[format][sarif]") {
  Finding finding = samples::dead();
  const Site site = finding.token.sites.front();
  for (std::uint32_t i = 0; i < 2000; ++i) {
    finding.token.sites.push_back(site);
    finding.token.sites.back().line = i + 10;
  }
  const json result = result_of(finding);
  CHECK(result.at("relatedLocations").size() < 100);
  CHECK(result.at("message").at("text").get<std::string>().find("and 1997 more") != std::string::npos);
}
