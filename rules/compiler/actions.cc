#include "rules/compiler/actions.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "rules/compiler/embed.h"
#include "scanner/base/result.h"

namespace overreach {
namespace {

using nlohmann::json;

json read_json(const std::filesystem::path& path) {
  std::ifstream file(path);
  json out = json::parse(file, nullptr, false);
  if (!file.is_open() || out.is_discarded())
    throw RuleError(path.string() + ": cannot be read; run ./ci/setup once, it installs the pinned packages");
  return out;
}

/// There is no level for deletion: a name tells. Source: the prefixes that delete among the names of all actions.
bool deletes(std::string_view name) {
  constexpr std::array<std::string_view, 13> kPrefixes = {"Delete",  "BatchDelete", "Terminate", "Purge", "Deregister",
                                                          "Release", "Deprovision", "Destroy",   "Empty", "Remove",
                                                          "Forget",  "Expire",      "Erase"};
  if (name.starts_with("Schedule") && name.ends_with("Deletion")) return true;
  return std::any_of(kPrefixes.begin(), kPrefixes.end(), [&](std::string_view p) { return name.starts_with(p); });
}

/// Answers that are credentials, whatever their level says.
bool is_secret(std::string_view service, std::string_view name) {
  constexpr std::pair<std::string_view, std::string_view> kSecrets[] = {
      {"appsync", "ListApiKeys"},
      {"codeartifact", "GetAuthorizationToken"},
      {"cognito-identity", "GetCredentialsForIdentity"},
      {"cognito-idp", "DescribeUserPoolClient"},
      {"ec2", "GetPasswordData"},
      {"ecr", "GetAuthorizationToken"},
      {"kms", "Decrypt"},
      {"lightsail", "GetKeyPair"},
      {"lightsail", "GetKeyPairs"},
      {"lightsail", "GetRelationalDatabaseMasterUserPassword"},
      {"rds-db", "connect"},
      {"redshift", "GetClusterCredentials"},
      {"s3", "GetDataAccess"},
      {"secretsmanager", "GetSecretValue"},
      {"ssm", "GetParameter"},
      {"ssm", "GetParameters"},
      {"ssm", "GetParametersByPath"},
      {"sts", "GetFederationToken"}};
  return std::find(std::begin(kSecrets), std::end(kSecrets), std::pair(service, name)) != std::end(kSecrets);
}

std::string_view effect_of(std::string_view service, std::string_view name, std::string_view level) {
  if (is_secret(service, name)) return "secrets";
  if (level == "Read" || level == "List") return "read";
  if (level.starts_with("Permissions management")) return "admin";
  if (level.starts_with("Tagging")) return "write";
  if (level == "Write") return deletes(name) ? "destroy" : "write";
  throw RuleError("the package has an access level that is not known: " + std::string(level));
}

}  // namespace

std::string actions_of_package(const std::filesystem::path& directory) {
  const json package = read_json(directory / "package.json");
  std::map<std::string, std::map<std::string, std::string>> services;
  std::size_t count = 0;
  const json ids = read_json(directory / "data" / "services.json");
  for (const json& service : ids) {
    const std::string id = service.get<std::string>();
    const json actions = read_json(directory / "data" / "actions" / (id + ".json"));
    for (const auto& [key, action] : actions.items()) {
      const std::string name = action.at("name");
      services[id][name] = effect_of(id, name, action.at("accessLevel").get<std::string>());
      ++count;
    }
  }
  std::string out = "# " + package.at("name").get<std::string>() + " " + package.at("version").get<std::string>() +
                    ": " + std::to_string(services.size()) + " services, " + std::to_string(count) + " actions\n";
  for (const auto& [id, actions] : services) {
    out += "@" + id + "\n";
    for (const auto& [name, effect] : actions) out += effect + " " + name + "\n";
  }
  return out;
}

void embed_actions(const std::string& table, const std::filesystem::path& output) {
  write_file(output / "aws_actions.txt", table);
  write_file(
      output / "embedded_actions.cc",
      "// Written by overreach-rulec from the pinned package.\n"
      "#include \"rules/catalog/action_table.h\"\n\n" +
          embedded_bytes("overreach_aws_actions", output / "aws_actions.txt") +
          "\nnamespace overreach {\n"
          "ActionTable aws_actions() {\n"
          "  return ActionTable({overreach_aws_actions,\n"
          "                      static_cast<std::size_t>(overreach_aws_actions_end - overreach_aws_actions)});\n"
          "}\n}  // namespace overreach\n");
}

}  // namespace overreach
