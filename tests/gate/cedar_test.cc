// The policies, decided by Cedar's own engine.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "reports/gate/cedar.h"
#include "tests/gate/gate_fixture.h"

namespace overreach::testing {
namespace {

using Json = nlohmann::json;

constexpr long kNow = 1'790'000'000;

/// One call as a gateway would put it.
struct Call {
  std::string action = "railway/mutation volumeDelete";
  std::string resource = "vol-123";
  std::string environment = "production";
  std::string provider = "railway";
  Json receipt = nullptr;
  Json attributes = Json::object();  // further attributes of the resource
};

Json resource_id(const std::string& id) { return {{"type", "Overreach::Resource"}, {"id", id}}; }
Json action_id(const std::string& id) { return {{"type", "Overreach::Action"}, {"id", id}}; }

/// An approval for deleting vol-123 in production, with `changes` applied.
Json receipt(const Json& changes = Json::object()) {
  Json out = {{"verified", true},
              {"provider", "railway"},
              {"environment", "production"},
              {"resource", {{"__entity", resource_id("vol-123")}}},
              {"action", {{"__entity", action_id("railway/mutation volumeDelete")}}},
              {"approver", "human:ana"},
              {"expires_at", kNow + 600}};
  if (changes.is_object()) out.update(changes);
  return out;
}

Json request(const Call& call) {
  Json attributes = {{"provider", call.provider}, {"environment", call.environment}};
  attributes.update(call.attributes);
  Json entities =
      Json::array({{{"uid", resource_id(call.resource)}, {"attrs", attributes}, {"parents", Json::array()}}});
  // A receipt may name another resource: Cedar wants to know every entity of the schema it compares.
  if (call.receipt.is_object() && call.receipt["resource"]["__entity"]["id"] != call.resource)
    entities.push_back({{"uid", call.receipt["resource"]["__entity"]},
                        {"attrs", {{"provider", "railway"}, {"environment", call.environment}}},
                        {"parents", Json::array()}});
  Json context = {{"now", kNow}};
  if (!call.receipt.is_null()) context["receipt"] = call.receipt;
  return {{"principal", {{"type", "Overreach::Agent"}, {"id", "coding-agent"}}},
          {"action", action_id(call.action)},
          {"resource", resource_id(call.resource)},
          {"context", context},
          {"entities", entities}};
}

Json check(std::vector<Finding> findings, const Json& requests, const std::string& extra_policy = {}) {
  const auto files = make_gates(findings, find_provider);
  const TempDir scratch;
  const auto schema = scratch.write("schema", content_of(files, "cedar/schema.cedarschema"));
  const auto policy = scratch.write("policy", content_of(files, "cedar/policy.cedar") + extra_policy);
  const auto calls = scratch.write("requests", requests.dump());
  const auto out = scratch.path() / "out";
  const std::string command = std::string("node '") + OVERREACH_SOURCE_DIR + "/tests/gate/cedar_check.mjs' '" +
                              OVERREACH_NPM + "/@cedar-policy/cedar-wasm/nodejs/cedar_wasm.js' '" + schema.string() +
                              "' '" + policy.string() + "' '" + calls.string() + "' > '" + out.string() + "'";
  REQUIRE(std::system(command.c_str()) == 0);
  return Json::parse(read_file(out));
}

struct Row {
  const char* name;
  Call call;
  const char* decision;
};

/// One run of node for the whole table.
void check_rows(const std::vector<Finding>& findings, const std::vector<Row>& rows, const std::string& extra = {}) {
  Json requests = Json::array();
  for (const Row& row : rows) requests.push_back(request(row.call));
  const Json answer = check(findings, requests, extra);
  CHECK(answer["errors"] == Json::array());
  CHECK(answer["warnings"] == Json::array());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    INFO(rows[i].name);
    CHECK(answer["decisions"][i] == rows[i].decision);
  }
}

std::vector<Row> receipt_rows() {
  const auto with = [](const Json& changes) { return Call{.receipt = receipt(changes)}; };
  const Json other_volume = {{"__entity", resource_id("vol-456")}};
  const Json other_action = {{"__entity", action_id("railway/mutation volumeInstanceBackupDelete")}};
  Call other_environment{.environment = "staging", .receipt = receipt()};
  Call unknown_environment{.environment = "unknown", .receipt = receipt({{"environment", "unknown"}})};
  return {
      {"no receipt", {}, "deny"},
      {"the right receipt", with({}), "allow"},
      {"for another volume", with({{"resource", other_volume}}), "deny"},
      {"for another environment", with({{"environment", "staging"}}), "deny"},
      {"used in another environment", other_environment, "deny"},
      {"for an environment nobody could resolve", unknown_environment, "deny"},
      {"for another action", with({{"action", other_action}}), "deny"},
      {"for another provider", with({{"provider", "acme"}}), "deny"},
      {"expired", with({{"expires_at", kNow - 1}}), "deny"},
      {"expiring now", with({{"expires_at", kNow}}), "deny"},
      {"living too long", with({{"expires_at", kNow + kReceiptSeconds + 1}}), "deny"},
      {"approved by an agent", with({{"approver", "agent:coding-agent"}}), "deny"},
      {"approved by nobody", with({{"approver", ""}}), "deny"},
      {"not verified", with({{"verified", false}}), "deny"},
  };
}

}  // namespace

TEST_CASE("only the right receipt opens a destructive act", "[gate][cedar]") {
  check_rows({pocketos_finding()}, receipt_rows());
}

TEST_CASE("a wide permit of the user's own does not open what needs a receipt", "[gate][cedar]") {
  check_rows({pocketos_finding()}, receipt_rows(), "@id(\"mine\") permit (principal, action, resource);\n");
}

TEST_CASE("the purpose and reads pass, all else of the token does not", "[gate][cedar]") {
  const auto act = [](std::string action) { return Call{.action = std::move(action), .resource = "r"}; };
  check_rows({pocketos_finding()},
             {
                 {"volumeDelete", act("railway/mutation volumeDelete"), "deny"},
                 {"volume delete by CLI", act("railway/railway volume delete"), "deny"},
                 {"the capability itself", act("railway/volume.destroy"), "deny"},
                 {"backups", act("railway/mutation volumeInstanceBackupDelete"), "deny"},
                 {"project", act("railway/mutation projectScheduleDeleteForce"), "deny"},
                 {"secrets", act("railway/query variables"), "deny"},
                 {"deploy", act("railway/railway up"), "deny"},
                 {"new token", act("railway/mutation apiTokenCreate"), "deny"},
                 {"add a domain", act("railway/mutation customDomainCreate"), "allow"},
                 {"add a domain by CLI", act("railway/railway domain"), "allow"},
                 {"remove a domain", act("railway/mutation customDomainDelete"), "allow"},
                 {"remove a domain by CLI", act("railway/railway domain delete"), "allow"},
                 {"list projects", act("railway/query projects"), "allow"},
                 {"list backups", act("railway/query volumeInstanceBackupList"), "allow"},
                 {"resource of another provider",
                  {.action = "railway/mutation customDomainCreate", .resource = "r", .provider = "acme"},
                  "deny"},
             });
}

TEST_CASE("what is needed in staging passes there and nowhere else", "[gate][cedar]") {
  Finding finding = acme_finding({"deploy.create", "deploy.create"}, {"deploy.create", "thing.destroy"});
  finding.need.grants[0].where = {{"environment", "staging"}, {"project", "rentals"}};
  finding.need.grants[1].where = {{"environment", "preview"}};
  const auto deploy = [](std::string environment, Json attributes, Json approval = nullptr) {
    return Call{.action = "acme/POST /v1/deploys",
                .resource = "web",
                .environment = std::move(environment),
                .provider = "acme",
                .receipt = std::move(approval),
                .attributes = std::move(attributes)};
  };
  const Json approval = receipt({{"provider", "acme"},
                                 {"resource", {{"__entity", resource_id("web")}}},
                                 {"action", {{"__entity", action_id("acme/POST /v1/deploys")}}}});
  const std::vector<Row> rows = {
      {"staging", deploy("staging", {{"project", "rentals"}}), "allow"},
      {"second place", deploy("preview", Json::object()), "allow"},
      {"staging of another project", deploy("staging", {{"project", "billing"}}), "deny"},
      {"staging of a project nobody named", deploy("staging", Json::object()), "deny"},
      {"production", deploy("production", {{"project", "rentals"}}), "deny"},
      {"production with a receipt", deploy("production", {{"project", "rentals"}}, approval), "allow"},
  };
  check_rows({finding}, rows);
  check_rows({finding}, rows, "@id(\"mine\") permit (principal, action, resource);\n");
}

TEST_CASE("policies of several providers validate together", "[gate][cedar]") {
  const Json answer =
      check({pocketos_finding(), acme_finding({"thing.write"}, {"thing.destroy", "table.destroy"})}, Json::array());
  CHECK(answer["errors"] == Json::array());
  CHECK(answer["warnings"] == Json::array());
}

TEST_CASE("every policy has an id and names its findings", "[gate][cedar]") {
  std::vector<Finding> findings = {pocketos_finding()};
  const std::string policy = content_of(make_gates(findings, find_provider), "cedar/policy.cedar");
  const auto count = [&](std::string_view what) {
    std::size_t n = 0;
    for (std::size_t at = 0; (at = policy.find(what, at)) != std::string::npos; ++at) ++n;
    return n;
  };
  CHECK(count("\npermit (") + count("\nforbid (") == count("\n@id("));
  CHECK(count("\n@findings(\"" + findings[0].token.id + "\")") == count("\n@id("));
  CHECK(count("Not covered:") == 1);
}

TEST_CASE("names of actions are quoted", "[gate][cedar]") {
  CHECK(cedar_action("acme", "DELETE /v1/*") == "Overreach::Action::\"acme/DELETE /v1/*\"");
  CHECK(cedar_action("acme", "say \"x\\y\"") == "Overreach::Action::\"acme/say \\\"x\\\\y\\\"\"");
}

}  // namespace overreach::testing
