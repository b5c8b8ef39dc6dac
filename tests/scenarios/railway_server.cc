#include "tests/scenarios/railway_server.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "tests/scenarios/graphql_fields.h"

namespace overreach::testing {
namespace {

using Json = nlohmann::json;

/// Queries whose answer holds or makes a secret.
constexpr std::string_view kSecretQueries[] = {"variables", "variablesForServiceDeployment", "bucketS3Credentials",
                                               "projectInviteCode", "sharedVariables"};

enum class Caller { nobody, account, workspace, project };

Caller caller_of(const ScriptedRequest& request, const RailwayWorld& world) {
  const std::string bearer = request.header("authorization"), project = request.header("project-access-token");
  const auto is = [](const std::string& value, const std::string& token) { return !token.empty() && value == token; };
  const std::string sent = bearer.starts_with("Bearer ") ? bearer.substr(7) : "";
  if (is(sent, world.account_token)) return Caller::account;
  if (is(sent, world.workspace_token)) return Caller::workspace;
  return is(project, world.project_token) ? Caller::project : Caller::nobody;
}

Json refused(const std::string& field, const std::string& message) {
  return {{"errors",
           {{{"message", message},
             {"path", {field}},
             {"extensions", {{"code", "INTERNAL_SERVER_ERROR"}}},
             {"traceId", "1"}}}},
          {"data", nullptr}};
}

Json data(const std::string& field, Json value) { return {{"data", {{field, std::move(value)}}}}; }

Json named(const RailwayWorld::Named& thing) { return {{"id", thing.id}, {"name", thing.name}}; }

template <class Range, class Make>
Json edges(const Range& range, Make make) {
  Json list = Json::array();
  for (const auto& thing : range) list.push_back({{"node", make(thing)}});
  return {{"edges", std::move(list)}, {"pageInfo", {{"hasNextPage", false}, {"endCursor", nullptr}}}};
}

Json environment_json(const RailwayWorld::Named& environment) {
  return {{"id", environment.id}, {"name", environment.name}, {"isEphemeral", false}, {"canAccess", true}};
}

Json volume_json(const RailwayWorld::VolumeInstance& volume) {
  return {{"id", volume.id},
          {"volumeId", volume.volume_id},
          {"state", "READY"},
          {"mountPath", "/data"},
          {"sizeMB", 5000},
          {"currentSizeMB", 1200},
          {"isPendingDeletion", false},
          {"serviceId", nullptr},
          {"environmentId", volume.environment_id},
          {"volume", {{"id", volume.volume_id}, {"name", volume.volume_name}}}};
}

Json project_json(const RailwayWorld::Project& project, const RailwayWorld::Named& workspace) {
  return {{"id", project.id},
          {"name", project.name},
          {"isPublic", false},
          {"workspace", named(workspace)},
          {"environments", edges(project.environments, environment_json)},
          {"services", edges(project.services, named)},
          {"buckets", edges(std::vector<RailwayWorld::Named>{}, named)},
          {"volumes", edges(project.volumes, [](const auto& v) {
             return Json{{"id", v.volume_id}, {"name", v.volume_name}};
           })}};
}

/// Answers one root field to one caller. Arguments are looked for among the variables by value,
/// so a test need not know how the request names them.
class Resolver {
 public:
  Resolver(const RailwayWorld& world, Caller caller, const Json& variables)
      : world_(world), caller_(caller), variables_(variables) {}

  Json resolve(const std::string& field) const {
    if (field == "projectToken") return project_token();
    if (caller_ == Caller::nobody) return refused(field, "Not Authorized");
    if (field == "me") return caller_ == Caller::account ? data(field, me()) : refused(field, "Not Authorized");
    if (field == "project") return project(field);
    if (caller_ == Caller::project) return refused(field, "Not Authorized");
    if (field == "apiToken") return data(field, {{"workspaces", {named(world_.workspace)}}});
    if (field == "projects") return projects(field);
    if (field == "environment") return environment(field);
    if (field == "volumeInstanceBackupList") return backups(field);
    if (field == "volumeInstanceBackupScheduleList") return schedules(field);
    return {{"errors", {{{"message", "Cannot query field \"" + field + "\" on type \"Query\"."}}}}};
  }

 private:
  bool given(const std::string& id) const {
    return std::any_of(variables_.begin(), variables_.end(), [&](const Json& value) { return value == id; });
  }

  Json me() const {
    return {{"id", world_.user.id},
            {"name", world_.user.name},
            {"email", world_.email},
            {"isAdmin", false},
            {"has2FA", true},
            {"workspaces", {named(world_.workspace)}},
            {"apiTokenRateLimit", {{"remainingPoints", 990}, {"resetsAt", "2026-04-24T13:00:00Z"}}}};
  }

  Json project_token() const {
    if (caller_ != Caller::project) return refused("projectToken", "Project Token not found");
    const RailwayWorld::Project& project = world_.projects.front();
    const auto environment = std::find_if(project.environments.begin(), project.environments.end(),
                                          [&](const auto& e) { return e.id == world_.project_token_environment; });
    return data("projectToken", {{"id", "00000000-0000-4000-8000-000000000001"},
                                 {"name", "deploy"},
                                 {"createdAt", "2026-03-09T08:00:00Z"},
                                 {"projectId", project.id},
                                 {"environmentId", environment->id},
                                 {"project", {{"id", project.id}, {"name", project.name}}},
                                 {"environment", environment_json(*environment)}});
  }

  Json project(const std::string& field) const {
    for (const auto& project : world_.projects)
      if (given(project.id)) return data(field, project_json(project, world_.workspace));
    return refused(field, "Not Authorized");
  }

  Json projects(const std::string& field) const {
    if (!given(world_.workspace.id) && !variables_.empty()) return refused(field, "Not Authorized");
    return data(field, edges(world_.projects, [&](const auto& p) { return project_json(p, world_.workspace); }));
  }

  Json environment(const std::string& field) const {
    for (const auto& project : world_.projects)
      for (const auto& environment : project.environments) {
        if (!given(environment.id)) continue;
        std::vector<RailwayWorld::VolumeInstance> here;
        std::copy_if(project.volumes.begin(), project.volumes.end(), std::back_inserter(here),
                     [&](const auto& volume) { return volume.environment_id == environment.id; });
        Json out = environment_json(environment);
        out["projectId"] = project.id;
        out["volumeInstances"] = edges(here, volume_json);
        return data(field, std::move(out));
      }
    return refused(field, "Not Authorized");
  }

  const RailwayWorld::VolumeInstance* instance() const {
    for (const Json& value : variables_)
      if (value.is_string())
        if (const auto* found = world_.instance(value)) return found;
    return nullptr;
  }

  Json backups(const std::string& field) const {
    const auto* volume = instance();
    if (volume == nullptr) return refused(field, "Not Authorized");
    Json list = Json::array();
    for (const auto& backup : volume->backups)
      list.push_back({{"id", backup.id},
                      {"name", backup.name},
                      {"createdAt", backup.created},
                      {"expiresAt", nullptr},
                      {"usedMB", 1100},
                      {"scheduleId", nullptr}});
    return data(field, std::move(list));
  }

  Json schedules(const std::string& field) const {
    const auto* volume = instance();
    if (volume == nullptr) return refused(field, "Not Authorized");
    Json list = Json::array();
    if (volume->daily)
      list.push_back({{"id", "00000000-0000-4000-8000-000000000002"},
                      {"kind", "DAILY"},
                      {"cron", "0 3 * * *"},
                      {"name", nullptr},
                      {"retentionSeconds", 518400}});
    return data(field, std::move(list));
  }

  const RailwayWorld& world_;
  Caller caller_;
  const Json& variables_;
};

ScriptedAnswer text_answer(int status, const char* type, std::string body) {
  ScriptedAnswer answer;
  answer.status = status;
  answer.content_type = type;
  answer.body = std::move(body);
  return answer;
}

ScriptedAnswer json_answer(const Json& body) { return text_answer(200, "application/json", body.dump()); }

/// The document and the variables of a request; nullopt for what is no GraphQL request.
std::optional<Json> parsed(const std::string& body) {
  Json request = Json::parse(body, nullptr, false);
  if (!request.is_object() || !request.contains("query") || !request["query"].is_string()) return std::nullopt;
  if (!request.contains("variables") || !request["variables"].is_object()) request["variables"] = Json::object();
  return request;
}

}  // namespace

RailwayServer::RailwayServer(RailwayWorld world, Mode mode)
    : world_(std::move(world)), mode_(mode), server_([this](const ScriptedRequest& r) { return answer(r); }) {}

std::vector<std::string> RailwayServer::violations() const {
  const std::lock_guard lock(mutex_);
  return violations_;
}

std::vector<std::string> RailwayServer::asked() const {
  const std::lock_guard lock(mutex_);
  return asked_;
}

void RailwayServer::violation(std::string what) {
  const std::lock_guard lock(mutex_);
  violations_.push_back(std::move(what));
}

/// Records what the document asks for; empty when there is nothing that may be answered.
std::string RailwayServer::root_field(const std::string& document) {
  std::string field;
  for (const GraphqlOperation& operation : graphql_operations(document)) {
    if (operation.type == "fragment") continue;
    const std::string first = operation.fields.empty() ? "" : operation.fields[0];
    if (operation.type != "query") violation(operation.type + " " + first);
    if (operation.fields.size() != 1) violation(std::to_string(operation.fields.size()) + " root fields");
    for (const std::string& name : operation.fields)
      if (std::find(std::begin(kSecretQueries), std::end(kSecretQueries), name) != std::end(kSecretQueries))
        violation("query " + name);
    if (operation.type == "query") field = first;
    const std::lock_guard lock(mutex_);
    asked_.push_back(operation.type + " " + first);
  }
  return field;
}

ScriptedAnswer RailwayServer::answer(const ScriptedRequest& request) {
  // Violations count in every mode: a provider that is down must not be written to either.
  const bool endpoint = request.method == "POST" && request.path == "/graphql/v2";
  if (!endpoint) violation(request.method + " " + request.path);
  if (!request.header("authorization").empty() && !request.header("project-access-token").empty())
    violation("both credential headers");
  const std::optional<Json> body = parsed(request.body);
  const std::string field = body ? root_field((*body)["query"].get<std::string>()) : "";

  if (mode_ == Mode::down) return text_answer(503, "text/plain", "Service Unavailable");
  if (mode_ == Mode::html) return text_answer(200, "text/html", "<!doctype html><title>Sign in to the network</title>");
  if (!endpoint) return text_answer(404, "application/json", "{}");
  if (field.empty()) return json_answer(refused("", "Problem processing request"));
  return json_answer(Resolver(world_, caller_of(request, world_), (*body)["variables"]).resolve(field));
}

}  // namespace overreach::testing
