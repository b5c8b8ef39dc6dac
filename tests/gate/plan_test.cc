#include "reports/gate/plan.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/gate/gate_fixture.h"

namespace overreach::testing {
namespace {

std::vector<GatePlan> plans_of(std::vector<Finding> findings) { return plan_gates(findings, find_provider); }

const Operation* operation(const GatePlan& plan, std::string_view text) {
  const auto it =
      std::find_if(plan.operations.begin(), plan.operations.end(), [&](const Operation& o) { return o.text == text; });
  return it == plan.operations.end() ? nullptr : &*it;
}

Finding with_verdict(Verdict verdict) {
  Finding finding = pocketos_finding();
  finding.verdict = verdict;
  return finding;
}

Finding with_severity(Severity severity) {
  Finding finding = pocketos_finding();
  for (Excess& excess : finding.excess) excess.severity = severity;
  return finding;
}

}  // namespace

TEST_CASE("a gate is written only where there is severe excess", "[gate][plan]") {
  struct {
    const char* name;
    Finding finding;
    bool gated;
  } const rows[] = {
      {"overreach", with_verdict(Verdict::overreach), true},
      {"may overreach", with_verdict(Verdict::may_overreach), true},
      {"no answer", with_verdict(Verdict::unknown), true},
      {"fits", with_verdict(Verdict::fits), false},
      {"dead", with_verdict(Verdict::dead), false},
      {"medium", with_severity(Severity::medium), true},
      {"all low", with_severity(Severity::low), false},
      {"reads only", acme_finding({}, {"thing.read"}), false},
      {"no excess", acme_finding({"thing.write"}, {}), false},
  };
  for (const auto& row : rows) DYNAMIC_SECTION(row.name) {
      CHECK(needs_gate(row.finding) == row.gated);
      CHECK(plans_of({row.finding}).empty() != row.gated);
      std::vector<Finding> findings = {row.finding};
      CHECK(make_gates(findings, find_provider).empty() != row.gated);
      CHECK(findings[0].gates.empty() != row.gated);
    }
}

TEST_CASE("what is needed or only reads is never denied", "[gate][plan]") {
  const std::vector<GatePlan> plans = plans_of({pocketos_finding()});
  REQUIRE(plans.size() == 1);
  const GatePlan& plan = plans[0];
  CHECK(plan.denies("volume.destroy"));
  CHECK(plan.denies("variable.read"));
  CHECK_FALSE(plan.denies("volume.read"));
  CHECK_FALSE(plan.denies("domain.write"));
  CHECK_FALSE(plan.denies("domain.destroy"));
  CHECK(operation(plan, "mutation volumeDelete")->denied);
  CHECK_FALSE(operation(plan, "mutation customDomainDelete")->denied);
  CHECK_FALSE(operation(plan, "query projects")->denied);
  CHECK(std::count(plan.tolerated.begin(), plan.tolerated.end(), "volume.write") == 1);
}

TEST_CASE("another token of the provider that fits keeps what it needs open", "[gate][plan]") {
  Finding deploys = pocketos_finding();
  deploys.token.id = "0000000000000001";
  deploys.verdict = Verdict::fits;
  deploys.excess.clear();
  deploys.need.grants.resize(1);
  deploys.need.grants[0].capability = "deployment.create";
  deploys.need.grants[0].effect = Effect::exec;
  const std::vector<GatePlan> plans = plans_of({pocketos_finding(), deploys});
  REQUIRE(plans.size() == 1);
  CHECK_FALSE(plans[0].denies("deployment.create"));
  CHECK(plans[0].findings == std::vector<std::string>{pocketos_finding().token.id});
  SECTION("but a dead one does not") {
    deploys.verdict = Verdict::dead;
    CHECK(plans_of({pocketos_finding(), deploys})[0].denies("deployment.create"));
  }
}

TEST_CASE("what is needed in one place is confined to it", "[gate][plan]") {
  Finding finding = acme_finding({"deploy.create"}, {"deploy.create", "thing.destroy"});
  finding.need.grants[0].where.set("environment", "staging");
  const std::vector<GatePlan> plans = plans_of({finding});
  REQUIRE(plans.size() == 1);
  CHECK_FALSE(plans[0].denies("deploy.create"));
  REQUIRE(plans[0].confined.size() == 1);
  CHECK(plans[0].confined[0].places == std::vector<Where>{Where{{"environment", "staging"}}});
  SECTION("and is not confined when it is needed everywhere") {
    finding.need.grants[0].where = {};
    CHECK(plans_of({finding})[0].confined.empty());
  }
}

TEST_CASE("an operation that does something needed as well stays open", "[gate][plan]") {
  Provider provider = acme();
  for (const char* capability : {"thing.write", "thing.destroy"}) {
    UseSpec use;
    use.needs = capability;
    use.http = {"POST /v1/both"};
    provider.uses.push_back(use);
  }
  const std::vector<Finding> findings = {acme_finding({"thing.write"}, {"thing.destroy"})};
  const auto plans = plan_gates(findings, [&](std::string_view) { return &provider; });
  REQUIRE(plans.size() == 1);
  CHECK_FALSE(operation(plans[0], "POST /v1/both")->denied);
  CHECK(operation(plans[0], "DELETE /v1/things/*")->denied);
}

TEST_CASE("the variables, files and history of the credentials are gathered", "[gate][plan]") {
  const GatePlan plan = plans_of({pocketos_finding()})[0];
  CHECK(plan.files == std::vector<std::string>{".env", "tools/seed/legacy_fixtures.py"});
  CHECK(plan.in_history);
  CHECK(std::count(plan.env.begin(), plan.env.end(), "RAILWAY_DEPLOY_TOKEN") == 1);
  CHECK(std::count(plan.env.begin(), plan.env.end(), "railwayToken") == 0);
}

TEST_CASE("a provider counts as unused only when the code was read", "[gate][plan]") {
  Finding finding = acme_finding({}, {"thing.destroy"});
  CHECK(plans_of({finding})[0].unused);
  finding.need.confidence = Confidence::unknown;
  CHECK_FALSE(plans_of({finding})[0].unused);
  CHECK_FALSE(plans_of({acme_finding({"thing.write"}, {"thing.destroy"})})[0].unused);
}

TEST_CASE("the references of a finding name what its gates cover", "[gate][plan]") {
  std::vector<Finding> findings = {pocketos_finding(), acme_finding({}, {"thing.destroy", "refund.create"})};
  make_gates(findings, find_provider);
  REQUIRE(findings[1].gates.size() == 2);
  const GateRef& claude = findings[1].gates[0];
  CHECK(claude.format == "claude-code");
  CHECK(claude.path == "claude-code/settings.json");
  // An SDK call cannot be told from a command, so only Cedar stops it.
  CHECK(claude.covers == std::vector<std::string>{"thing.destroy"});
  CHECK(findings[1].gates[1].covers == std::vector<std::string>{"refund.create", "thing.destroy"});
  for (const Finding& finding : findings)
    for (const GateRef& gate : finding.gates) CHECK_FALSE(gate.not_covered.empty());
}

}  // namespace overreach::testing
