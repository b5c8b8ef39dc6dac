#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "reports/gate/claude_rules.h"
#include "tests/gate/gate_fixture.h"

namespace overreach::testing {
namespace {

using Json = nlohmann::json;

std::vector<GateFile> gates_of(std::vector<Finding> findings) { return make_gates(findings, find_provider); }

Json settings_of(std::vector<Finding> findings) {
  return Json::parse(content_of(gates_of(std::move(findings)), "claude-code/settings.json"));
}

std::vector<std::string> bash_globs(const Json& rules) {
  std::vector<std::string> globs;
  for (const std::string rule : rules)
    if (rule.starts_with("Bash(*")) globs.push_back(rule.substr(5, rule.size() - 6));
  return globs;
}

bool denied(const Json& settings, const std::string& command) {
  const auto globs = bash_globs(settings["permissions"]["deny"]);
  return std::any_of(globs.begin(), globs.end(), [&](const auto& glob) { return glob_matches(glob, command); });
}

bool has(const Json& rules, const std::string& rule) {
  return std::find(rules.begin(), rules.end(), rule) != rules.end();
}

/// The mistakes that Claude Code forgives by ignoring a rule, or all of them.
void check_rules(const Json& rules) {
  REQUIRE(rules.is_array());
  std::set<std::string> seen;
  for (const Json& rule : rules) {
    REQUIRE(rule.is_string());
    const std::string text = rule;
    INFO(text);
    CHECK(seen.insert(text).second);
    CHECK(std::count(text.begin(), text.end(), '(') == 1);
    CHECK(std::count(text.begin(), text.end(), ')') == 1);
    CHECK(text.ends_with(")"));
    const bool known = text.starts_with("Bash(") || text.starts_with("Read(") || text.starts_with("WebFetch(domain:");
    CHECK(known);
    if (text.starts_with("Read(")) {
      const std::string path = text.substr(5);
      const bool anchored = path.starts_with("//") || path.starts_with("~/") || path.starts_with("**/");
      CHECK(anchored);
    }
  }
}

}  // namespace

TEST_CASE("settings are what Claude Code accepts", "[gate][settings]") {
  const Json settings =
      settings_of({pocketos_finding(), acme_finding({"thing.write"}, {"thing.destroy", "table.destroy"})});
  check_rules(settings["permissions"]["deny"]);
  check_rules(settings["permissions"]["ask"]);
  CHECK(settings["permissions"]["disableBypassPermissionsMode"] == "disable");
  CHECK(settings["sandbox"]["enabled"] == true);
  CHECK(settings["sandbox"]["failIfUnavailable"] == true);
  CHECK(settings["sandbox"]["allowUnsandboxedCommands"] == false);
  for (const Json& entry : settings["sandbox"]["credentials"]["envVars"]) {
    CHECK(entry["mode"] == "deny");
    CHECK(entry["name"].is_string());
  }
}

TEST_CASE("the rules stop the incident and let the purpose pass", "[gate][settings]") {
  const Json settings = settings_of({pocketos_finding()});
  struct {
    const char* command;
    bool denied;
  } const rows[] = {
      {"curl https://backboard.railway.app/graphql/v2 -d '{\"query\":\"mutation { volumeDelete(volumeId: 1) }\"}'",
       true},
      {"bash -c \"curl -d 'mutation{volumeDelete}' $URL\"", true},
      {"python3 -c 'post(\"volumeDelete\")'", true},
      {"railway volume delete --yes", true},
      {"railway --json volume delete", true},
      {"/usr/local/bin/railway volume rm", true},
      {"railway down", true},
      {"railway -e staging down", true},
      {"railway domain shop.example.com", false},
      {"railway domain delete shop.example.com", false},
      {"railway service list --format json", false},
      {"railway logs --since download", false},
      {"curl $URL -d '{\"query\":\"mutation { customDomainCreate }\",\"variables\":{}}'", false},
      {"curl $URL -d '{\"query\":\"mutation { customDomainDelete }\",\"variables\":{}}'", false},
      {"curl $URL -d '{\"query\":\"query { projects { edges { node { id } } } }\"}'", false},
      {"npm test", false},
  };
  for (const auto& row : rows) DYNAMIC_SECTION(row.command) {
      CHECK(denied(settings, row.command) == row.denied);
    }
}

TEST_CASE("the rules of a REST provider stop the verb in any order", "[gate][settings]") {
  const Json settings = settings_of({acme_finding({}, {"thing.destroy", "table.destroy"})});
  CHECK(denied(settings, "curl -X DELETE https://api.acme.example/v1/things/7"));
  CHECK(denied(settings, "curl https://api.acme.example/v1/things/7 -X DELETE"));
  CHECK(denied(settings, "python3 -c 'requests.delete(\"https://api.acme.example/v1/things/7\")'"));
  CHECK(denied(settings, "acme sql 'TRUNCATE users'"));
  CHECK_FALSE(denied(settings, "curl https://api.acme.example/v1/things/7"));
  CHECK_FALSE(denied(settings, "git commit -m 'truncate names'"));
}

TEST_CASE("a glob that would stop what is needed is left to the hook", "[gate][settings]") {
  // DELETE of a label is a write that is needed; its address begins like that of the thing.
  const std::vector<Finding> findings = {acme_finding({"thing.write"}, {"thing.destroy"})};
  const auto plans = plan_gates(findings, find_provider);
  const Json settings = settings_of(findings);
  CHECK_FALSE(denied(settings, "curl -X DELETE https://api.acme.example/v1/things/example/labels/example"));
  CHECK(denied(settings, "acme thing rm 7"));
  const auto left = without_rule(plans.at(0));
  CHECK(std::count(left.begin(), left.end(), "DELETE /v1/things/*") == 1);
}

TEST_CASE("the network is closed only when nothing uses the provider", "[gate][settings]") {
  CHECK_FALSE(settings_of({pocketos_finding()})["sandbox"].contains("network"));
  const Json unused = settings_of({acme_finding({}, {"thing.destroy"})});
  CHECK(unused["sandbox"]["network"]["deniedDomains"] == Json({"*.acme.example", "api.acme.example"}));
}

TEST_CASE("the credential is kept from the agent", "[gate][settings]") {
  const Json settings = settings_of({pocketos_finding()});
  const Json& deny = settings["permissions"]["deny"];
  CHECK(has(deny, "Read(**/tools/seed/legacy_fixtures.py)"));
  CHECK(has(deny, "Read(//**/.env)"));
  CHECK(has(deny, "Read(~/.railway/config.json)"));
  CHECK(has(deny, "WebFetch(domain:backboard.railway.com)"));
  CHECK(has(settings["permissions"]["ask"], "Bash(*backboard.railway.com*)"));
  const Json& credentials = settings["sandbox"]["credentials"];
  CHECK(std::count(credentials["envVars"].begin(), credentials["envVars"].end(),
                   Json{{"name", "RAILWAY_API_TOKEN"}, {"mode", "deny"}}) == 1);
  CHECK(std::count(credentials["files"].begin(), credentials["files"].end(),
                   Json{{"path", "~/.railway/config.json"}, {"mode", "deny"}}) == 1);
}

TEST_CASE("paths become rules that hold wherever the settings lie", "[gate][settings]") {
  struct {
    const char* path;
    std::vector<std::string> rules;
  } const rows[] = {
      {"src/a.ts", {"Read(**/src/a.ts)"}},
      {"app/.env.local", {"Read(**/app/.env.local)", "Read(//**/app/.env.local)"}},
      {"~/.netrc", {"Read(~/.netrc)"}},
      {"/etc/acme.conf", {"Read(//etc/acme.conf)"}},
      // Rules end at a parenthesis, and brackets are patterns.
      {"app/(shop)/[id]/x*.ts", {"Read(**/app/?shop?/?id?/x?.ts)"}},
  };
  for (const auto& row : rows) DYNAMIC_SECTION(row.path) {
      CHECK(read_rules(row.path) == row.rules);
    }
}

TEST_CASE("globs match as Claude Code matches them", "[gate][settings]") {
  CHECK(glob_matches("*volumeDelete*", "curl -d volumeDelete x"));
  CHECK(glob_matches("railway * down", "railway -e x down"));
  CHECK_FALSE(glob_matches("railway * down", "railway down"));
  CHECK_FALSE(glob_matches("a*b", "acb "));
  CHECK(glob_matches("", ""));
  CHECK(glob_matches("*", ""));
  CHECK_FALSE(glob_matches("", "a"));
}

TEST_CASE("gates do not depend on the order of findings and hold no secret", "[gate]") {
  Finding other = pocketos_finding();
  other.token.id = "1111111111111111";
  std::vector<Finding> forward = {pocketos_finding(), other, acme_finding({}, {"thing.destroy"})};
  for (Finding& finding : forward) finding.token.secret = Secret("the-secret-" + finding.token.id);
  std::vector<Finding> backward(forward.rbegin(), forward.rend());
  const auto one = make_gates(forward, find_provider);
  const auto two = make_gates(backward, find_provider);
  REQUIRE(one.size() == two.size());
  for (std::size_t i = 0; i < one.size(); ++i) {
    CHECK(one[i].path == two[i].path);
    CHECK(one[i].content == two[i].content);
    CHECK(one[i].content.find("the-secret-") == std::string::npos);
  }
}

TEST_CASE("the README names every file, finding and gap", "[gate]") {
  std::vector<Finding> findings = {pocketos_finding()};
  const auto files = make_gates(findings, find_provider);
  const std::string readme = content_of(files, "README.md");
  for (const GateFile& file : files)
    if (file.path != "README.md") CHECK(readme.find("`" + file.path + "`") != std::string::npos);
  CHECK(readme.find(findings[0].token.id) != std::string::npos);
  for (const GateRef& gate : findings[0].gates) {
    for (const std::string& gap : gate.not_covered) CHECK(readme.find(gap) != std::string::npos);
    for (const std::string& id : gate.covers) CHECK(readme.find("| `" + id + "` |") != std::string::npos);
  }
}

}  // namespace overreach::testing
