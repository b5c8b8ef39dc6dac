// The main job on real input: a real repository, a scripted provider, the real program.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/format/multitool.h"
#include "tests/format/support.h"
#include "tests/scenarios/railway_server.h"
#include "tests/scenarios/scenario.h"
#include "tests/support/leaks.h"
#include "tests/support/process.h"

using namespace overreach::testing;
using nlohmann::json;

namespace {

std::string slurp(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

/// Everything one run says.
struct Run {
  Outcome outcome;
  json report, sarif;
  std::string everything;  // all outputs and gate files, for the leak test
};

Run scan(const Scenario& scenario, std::vector<std::string> extra) {
  const std::filesystem::path out = scenario.home() / "out";
  std::filesystem::remove_all(out);
  std::filesystem::create_directories(out);
  std::vector<std::string> argv = {OVERREACH_BINARY, "scan",
                                   "--json",         (out / "r.json").string(),
                                   "--sarif",        (out / "r.sarif").string(),
                                   "--gates",        (out / "gates").string(),
                                   "--verbose"};
  argv.insert(argv.end(), extra.begin(), extra.end());
  Run run;
  run.outcome = run_process(argv, scenario.root().string(), {}, {"HOME=" + scenario.home().string()});
  INFO(run.outcome.err);
  run.everything = run.outcome.out + run.outcome.err;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(out))
    if (entry.is_regular_file()) run.everything += slurp(entry.path());
  REQUIRE(std::filesystem::exists(out / "r.json"));
  run.report = json::parse(slurp(out / "r.json"));
  run.sarif = json::parse(slurp(out / "r.sarif"));
  overreach::check_schema(run.report, OVERREACH_SOURCE_DIR "/reports/schema/report.schema.json");
  for (const auto& [name, secret] : scenario.secrets()) {
    INFO(name);
    CHECK(leaks_of(secret, run.everything).empty());
  }
  return run;
}

std::vector<std::string> with_railway(const RailwayServer& railway, std::vector<std::string> more = {}) {
  std::vector<std::string> out = {"--probe=railway", "--endpoint", "railway=" + railway.url()};
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

/// The finding of a provider; the first (worst) one.
json finding_of(const json& report, const std::string& provider) {
  for (const json& finding : report.at("findings"))
    if (finding.at("provider") == provider) return finding;
  FAIL("no finding for " << provider);
  return {};
}

std::set<std::string> needed(const json& finding) {
  std::set<std::string> out;
  for (const json& grant : finding.at("need").at("grants")) out.insert(grant.at("capability"));
  return out;
}

bool has_excess(const json& finding, const std::string& capability, const std::string& environment) {
  for (const json& excess : finding.at("excess"))
    if (excess.at("capability") == capability && excess.at("where").value("environment", "") == environment)
      return true;
  return false;
}

bool has_grant(const json& finding, const std::string& project, const std::string& environment) {
  for (const json& grant : finding.at("reach").at("grants"))
    if (grant.at("where").value("project", "") == project &&
        grant.at("where").value("environment", "") == environment && grant.at("proof") == "proven")
      return true;
  return false;
}

std::set<std::string> paths_of(const json& finding, const std::string& source) {
  std::set<std::string> out;
  for (const json& site : finding.at("sites"))
    if (site.at("source") == source) out.insert(site.at("path"));
  return out;
}

}  // namespace

TEST_CASE("the PocketOS token is found, probed, judged and gated", "[story]") {
  const Scenario scenario("pocketos");
  git(scenario.root().string(), {"remote", "add", "origin", "https://git.pocketos.example/rentals.git"});
  const RailwayServer railway(pocketos_world(scenario));
  const Run run = scan(scenario, with_railway(railway, {"--history"}));
  CHECK(run.outcome.exit_code == 1);
  CHECK(railway.violations() == std::vector<std::string>{});
  CHECK(railway.asked().size() > 5);

  const json token = finding_of(run.report, "railway");
  CHECK(run.report.at("findings")[0].at("id") == token.at("id"));  // worst first
  CHECK(token.at("kind") == "account");
  CHECK(token.at("verdict") == "overreach");
  CHECK(token.at("severity") == "critical");

  // Every site: the ignored .env, the unrelated file, the history.
  CHECK(paths_of(token, "tree").contains(".env"));
  CHECK(paths_of(token, "tree").contains("tools/seed/legacy_fixtures.py"));
  CHECK_FALSE(paths_of(token, "history").empty());
  for (const json& site : token.at("sites"))
    if (site.at("path") == ".env") CHECK(site.at("ignored") == true);

  // The purpose, with evidence from the script that is the token's reason to be.
  CHECK(needed(token).contains("domain.write"));
  std::set<std::string> evidence;
  for (const json& grant : token.at("need").at("grants"))
    for (const json& line : grant.at("evidence")) evidence.insert(line.at("path"));
  CHECK(evidence.contains("scripts/domains.sh"));
  CHECK_FALSE(needed(token).contains("volume.destroy"));

  // The proven reach: both projects, both environments, volumes and their backups.
  CHECK(token.at("reach").at("state") == "live");
  CHECK(token.at("reach").at("proof") == "proven");
  CHECK(has_grant(token, "rentals", "staging"));
  CHECK(has_grant(token, "rentals", "production"));
  CHECK(has_grant(token, "website", "production"));
  std::set<std::string> resources;
  for (const json& resource : token.at("reach").at("resources")) resources.insert(resource.at("type"));
  CHECK(resources.contains("volume"));
  CHECK(resources.contains("backup"));

  // The excess, worst first.
  REQUIRE_FALSE(token.at("excess").empty());
  CHECK(token.at("excess")[0].at("capability") == "volume.destroy");
  CHECK(token.at("excess")[0].at("where").at("environment") == "production");
  CHECK(token.at("excess")[0].at("takes_backups") == true);
  CHECK(has_excess(token, "volume.destroy", "staging"));
  CHECK_FALSE(has_excess(token, "domain.write", "production"));

  // The fix: no kind is narrower by verb, so a gate is needed; and it was written.
  CHECK(token.at("fix").at("needs_gate") == true);
  CHECK(token.at("gates").size() >= 2);
  CHECK(run.everything.find("volumeDelete") != std::string::npos);

  // The token that was committed and removed again is there too.
  CHECK_FALSE(paths_of(finding_of(run.report, "github"), "history").empty());
  CHECK(finding_of(run.report, "stripe").at("verdict") == "may-overreach");
  CHECK(finding_of(run.report, "postgres").at("verdict") == "may-overreach");

  // The same in the text and in SARIF.
  for (const char* words : {"critical", "scripts/domains.sh", "production", "backups", "gate"})
    CHECK(run.outcome.out.find(words) != std::string::npos);
  const json& results = run.sarif.at("runs")[0].at("results");
  const auto railway_result = std::find_if(results.begin(), results.end(), [](const json& result) {
    return result.at("properties").at("provider") == "railway";
  });
  REQUIRE(railway_result != results.end());
  CHECK(railway_result->at("properties").at("verdict") == "overreach");
  CHECK(overreach::validate_sarif(run.sarif.dump()) == std::vector<std::string>{});
}

TEST_CASE("a project token that deploys to staging fits", "[story]") {
  const Scenario scenario("control");
  RailwayWorld world = pocketos_world(scenario);
  const RailwayServer railway(world);
  const Run run = scan(scenario, with_railway(railway));
  const json token = finding_of(run.report, "railway");
  CHECK(token.at("kind") == "project");
  CHECK(needed(token).contains("deployment.create"));
  const std::string verdict = token.at("verdict");
  const std::string severity = token.at("severity");
  CHECK((verdict == "fits" || (verdict == "may-overreach" && (severity == "low" || severity == "note"))));
  CHECK(token.at("gates").empty());
  CHECK_FALSE(std::filesystem::exists(scenario.home() / "out/gates"));
  CHECK(run.outcome.exit_code == 0);
  CHECK(railway.violations().empty());
}

TEST_CASE("a revoked token is dead", "[story]") {
  const Scenario scenario("pocketos");
  RailwayWorld world = pocketos_world(scenario);
  world.account_token.clear();
  const RailwayServer railway(world);
  const Run run = scan(scenario, with_railway(railway));
  const json token = finding_of(run.report, "railway");
  CHECK(token.at("verdict") == "dead");
  CHECK(token.at("reach").at("state") == "dead");
  CHECK(token.at("excess").empty());
}

TEST_CASE("without a probe the reach is what is documented, and one line says how to prove it", "[story]") {
  const Scenario scenario("pocketos");
  const Run run = scan(scenario, {});
  const json token = finding_of(run.report, "railway");
  CHECK(token.at("verdict") == "may-overreach");
  CHECK(token.at("reach").at("state") == "not-probed");
  CHECK(token.at("reach").at("proof") == "documented");
  CHECK(has_excess(token, "volume.destroy", ""));
  CHECK(run.outcome.out.find("--probe") != std::string::npos);
}

TEST_CASE("a provider that gives no answer leaves the reach unknown, with the reason", "[story]") {
  const Scenario scenario("pocketos");
  struct Row {
    const char* name;
    RailwayServer::Mode mode;
    const char* reason;
  };
  const Row rows[] = {{"down", RailwayServer::Mode::down, "503"}, {"a page", RailwayServer::Mode::html, "HTML"}};
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      const RailwayServer railway(pocketos_world(scenario), row.mode);
      // The other credentials are under the gate, so that the exit code speaks of the probe.
      const Run run = scan(scenario, with_railway(railway, {"--fail-on", "critical"}));
      const json token = finding_of(run.report, "railway");
      CHECK(token.at("verdict") == "unknown");
      CHECK(token.at("reach").at("state") == "unknown");
      CHECK(token.at("reach").at("why").get<std::string>().find(row.reason) != std::string::npos);
      CHECK(run.outcome.exit_code == 4);
    }
}

TEST_CASE("the plan names what would be sent and sends nothing", "[story]") {
  const Scenario scenario("pocketos");
  const RailwayServer railway(pocketos_world(scenario));
  const Outcome outcome = run_process(
      {OVERREACH_BINARY, "scan", "--probe=plan", "--endpoint", "railway=" + railway.url()}, scenario.root().string());
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.out.find("query apiToken") != std::string::npos);
  CHECK(railway.requests().empty());
  for (const auto& [name, secret] : scenario.secrets()) CHECK(leaks_of(secret, outcome.out + outcome.err).empty());
}

TEST_CASE("staged, range and standard input find the same token under the same id", "[story]") {
  const Scenario scenario("pocketos");
  const std::string id = finding_of(scan(scenario, {}).report, "railway").at("id");
  const auto ids = [](const json& report) {
    std::set<std::string> out;
    for (const json& finding : report.at("findings")) out.insert(finding.at("id"));
    return out;
  };
  const Run range = scan(scenario, {"--range", scenario.commits().front() + "..HEAD"});
  CHECK(ids(range.report).contains(id));

  const std::string file = slurp(scenario.root() / "tools/seed/legacy_fixtures.py");
  const Outcome input =
      run_process({OVERREACH_BINARY, "scan", "--stdin", "--json", "-"}, scenario.root().string(), file);
  CHECK(ids(json::parse(input.out)).contains(id));

  std::ofstream(scenario.root() / "copy.py") << file;
  git(scenario.root().string(), {"add", "copy.py"});
  const Run staged = scan(scenario, {"--staged"});
  CHECK(finding_of(staged.report, "railway").at("id") == id);
  CHECK(paths_of(finding_of(staged.report, "railway"), "index") == std::set<std::string>{"copy.py"});
}

TEST_CASE("the result does not depend on the number of threads", "[story]") {
  const Scenario scenario("pocketos");
  const json one = scan(scenario, {"--history", "--no-cache", "-j", "1"}).report;
  CHECK(scan(scenario, {"--history", "--no-cache", "-j", "2"}).report == one);
  CHECK(scan(scenario, {"--history", "--no-cache", "-j", "7"}).report == one);
}
