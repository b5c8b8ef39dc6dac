#include "tests/scenarios/railway_server.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/scenarios/graphql_fields.h"

namespace overreach::testing {
namespace {

using Json = nlohmann::json;

/// A small world that needs no repository.
RailwayWorld world() {
  RailwayWorld out;
  out.workspace = {"w-1", "PocketOS"};
  out.user = {"u-1", "Dev"};
  out.email = "dev@pocketos.example";
  RailwayWorld::Project project{"p-1", "rentals", {{"e-1", "production"}, {"e-2", "staging"}}, {{"s-1", "api"}}, {}};
  project.volumes = {{"vi-1", "v-1", "data", "e-1", {{"b-1", "nightly", "2026-04-24T03:00:00Z"}}, true},
                     {"vi-2", "v-1", "data", "e-2", {}, false}};
  out.projects = {project};
  out.account_token = "account";
  out.workspace_token = "workspace";
  out.project_token = "project";
  out.project_token_environment = "e-2";
  return out;
}

ScriptedRequest ask(const std::string& document, const Json& variables = Json::object(),
                    std::map<std::string, std::string> headers = {{"authorization", "Bearer account"}}) {
  ScriptedRequest request;
  request.method = "POST";
  request.path = "/graphql/v2";
  request.headers = std::move(headers);
  request.body = Json{{"query", document}, {"variables", variables}}.dump();
  return request;
}

Json answered(RailwayServer& server, const ScriptedRequest& request) {
  const ScriptedAnswer answer = server.answer(request);
  CHECK(answer.status == 200);
  return Json::parse(answer.body);
}

std::string error(const Json& answer) { return answer.contains("errors") ? answer["errors"][0]["message"] : Json(""); }

}  // namespace

TEST_CASE("the scripted Railway answers each kind of token as Railway does", "[railway]") {
  const std::map<std::string, std::string> account = {{"authorization", "Bearer account"}},
                                           workspace = {{"authorization", "Bearer workspace"}},
                                           project = {{"project-access-token", "project"}},
                                           as_bearer = {{"authorization", "Bearer project"}},
                                           revoked = {{"authorization", "Bearer revoked"}},
                                           revoked_project = {{"project-access-token", "revoked"}};
  const std::string tokens = "query { apiToken { workspaces { id name } } }", me = "query { me { id } }",
                    mine = "query { projectToken { id projectId } }";
  struct {
    const char* name;
    std::string document;
    std::map<std::string, std::string> headers;
    const char* error;
  } const rows[] = {
      {"account, workspaces", tokens, account, ""},
      {"account, user", me, account, ""},
      {"account is no project token", mine, account, "Project Token not found"},
      {"workspace, workspaces", tokens, workspace, ""},
      {"workspace has no user", me, workspace, "Not Authorized"},
      {"project, itself", mine, project, ""},
      {"project, workspaces", tokens, project, "Not Authorized"},
      {"project token as a bearer", tokens, as_bearer, "Not Authorized"},
      {"revoked, workspaces", tokens, revoked, "Not Authorized"},
      {"revoked, project", mine, revoked_project, "Project Token not found"},
      {"field that does not exist", "query { nothing }", account, "Cannot query field \"nothing\" on type \"Query\"."},
  };
  RailwayServer server(world());
  for (const auto& row : rows) DYNAMIC_SECTION(row.name) {
      CHECK(error(answered(server, ask(row.document, {}, row.headers))) == row.error);
    }
  CHECK(server.violations().empty());
}

TEST_CASE("the scripted Railway lists projects, volumes and backups", "[railway]") {
  RailwayServer server(world());
  const Json projects = answered(
      server, ask("query ($w: String) { projects(workspaceId: $w) { edges { node { id } } } }", {{"w", "w-1"}}));
  CHECK(projects["data"]["projects"]["edges"][0]["node"]["environments"]["edges"].size() == 2);
  const Json environment = answered(server, ask("query ($e: String!) { environment(id: $e) { id } }", {{"e", "e-2"}}));
  const Json& volumes = environment["data"]["environment"]["volumeInstances"]["edges"];
  REQUIRE(volumes.size() == 1);
  CHECK(volumes[0]["node"]["id"] == "vi-2");
  CHECK(volumes[0]["node"]["volumeId"] == "v-1");
  const auto list = [&](const std::string& field, const char* instance) {
    return answered(server, ask("query ($i: String!) { " + field + "(volumeInstanceId: $i) { id } }",
                                {{"i", instance}}))["data"][field]
        .size();
  };
  CHECK(list("volumeInstanceBackupList", "vi-1") == 1);
  CHECK(list("volumeInstanceBackupList", "vi-2") == 0);
  CHECK(list("volumeInstanceBackupScheduleList", "vi-1") == 1);
  CHECK(list("volumeInstanceBackupScheduleList", "vi-2") == 0);
  CHECK(server.violations().empty());
  CHECK(server.asked().front() == "query projects");
}

TEST_CASE("the scripted Railway records what a prober must never do", "[railway]") {
  ScriptedRequest get = ask("query { me { id } }");
  get.method = "GET";
  ScriptedRequest elsewhere = ask("query { me { id } }");
  elsewhere.path = "/graphql/internal";
  struct {
    const char* name;
    ScriptedRequest request;
    const char* violation;
  } const rows[] = {
      {"mutation", ask("mutation { volumeDelete(volumeId: \"v\") }"), "mutation volumeDelete"},
      {"named mutation with an alias", ask("mutation Tidy($v: String!) { a: volumeDelete(volumeId: $v) }"),
       "mutation volumeDelete"},
      {"mutation behind a query", ask("query { me { id } } mutation M { projectDelete(id: 1) }"),
       "mutation projectDelete"},
      {"subscription", ask("subscription { deploymentLogs { message } }"), "subscription deploymentLogs"},
      {"secret", ask("{ variables(projectId: \"p\") }"), "query variables"},
      {"two root fields", ask("query { me { id } apiToken { workspaces { id } } }"), "2 root fields"},
      {"both headers",
       ask("query { me { id } }", {}, {{"authorization", "Bearer account"}, {"project-access-token", "x"}}),
       "both credential headers"},
      {"another method", get, "GET /graphql/v2"},
      {"another path", elsewhere, "POST /graphql/internal"},
  };
  for (const auto mode : {RailwayServer::Mode::answers, RailwayServer::Mode::down, RailwayServer::Mode::html})
    for (const auto& row : rows) DYNAMIC_SECTION(row.name << static_cast<int>(mode)) {
        RailwayServer server(world(), mode);
        server.answer(row.request);
        CHECK(server.violations() == std::vector<std::string>{row.violation});
      }
}

TEST_CASE("the scripted Railway can be down or behind a portal", "[railway]") {
  RailwayServer down(world(), RailwayServer::Mode::down), portal(world(), RailwayServer::Mode::html);
  CHECK(down.answer(ask("query { me { id } }")).status == 503);
  CHECK(portal.answer(ask("query { me { id } }")).content_type == "text/html");
}

TEST_CASE("the world of PocketOS knows what the files mention", "[railway]") {
  const Scenario scenario("pocketos");
  const RailwayWorld railway = pocketos_world(scenario);
  CHECK(railway.account_token == scenario.secrets().at("RAILWAY_ACCOUNT_TOKEN"));
  CHECK(railway.project(scenario.ids().at("RAILWAY_PROJECT_ID")) != nullptr);
  CHECK(railway.projects.size() == 2);
  CHECK(railway.projects[0].volumes[0].volume_id == scenario.ids().at("RAILWAY_VOLUME_ID"));
  CHECK(railway.projects[0].environments[0].id == scenario.ids().at("RAILWAY_PRODUCTION_ID"));
}

TEST_CASE("root fields are read out of any shape of document", "[railway]") {
  struct {
    const char* document;
    const char* type;
    std::vector<std::string> fields;
  } const rows[] = {
      {"{ me { id } }", "query", {"me"}},
      {"query Q($a: [String!] = [\"{\"]) { x: me(a: $a) { id y: name } }", "query", {"me"}},
      {"# mutation { a }\nquery { me { id } }", "query", {"me"}},
      {"mutation M { a(i: {b: {c: 1}}) b }", "mutation", {"a", "b"}},
      {"subscription{s}", "subscription", {"s"}},
  };
  for (const auto& row : rows) DYNAMIC_SECTION(row.document) {
      const auto operations = graphql_operations(row.document);
      REQUIRE(operations.size() == 1);
      CHECK(operations[0].type == row.type);
      CHECK(operations[0].fields == row.fields);
    }
}

}  // namespace overreach::testing
