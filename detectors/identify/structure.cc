// A kubeconfig names users and clusters apart and joins them in contexts, so the server nearest to a token can be that
// of another cluster, which must never get it:
//
//   users: [{name: ana, user: {token: …}}]      contexts: [{name: prod, context: {user: ana, cluster: p}}]
//   clusters: [{name: p, cluster: {server: https://…, certificate-authority-data: …}}]
//
// Users whose credential comes from a command (`exec`) or a file have nothing here that could be asked about.
#include "detectors/identify/structure.h"

#include <algorithm>

#include "rules/catalog/located_json.h"

namespace overreach {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kOnlyInKubeconfig[] = {"kubernetes/user-token", "kubernetes/user-password",
                                                  "kubernetes/provider-token"};

std::string text(const Json& object, const char* key) {
  const auto it = object.is_object() ? object.find(key) : object.end();
  if (!object.is_object() || it == object.end()) return {};
  return it->is_string() ? it->get<std::string>() : it->is_primitive() && !it->is_null() ? it->dump() : std::string();
}

/// The member of `list` whose `name` is this one, and in it the object `inner`.
const Json* named(const Json& document, const char* list, const std::string& name, const char* inner) {
  const auto entries = document.find(list);
  if (entries == document.end() || !entries->is_array()) return nullptr;
  for (const Json& entry : *entries)
    if (entry.is_object() && text(entry, "name") == name && entry.contains(inner)) return &entry[inner];
  return nullptr;
}

/// The context that uses `user`: the current one if it does, else the first.
const Json* context_of(const Json& document, const std::string& user) {
  const Json* current = named(document, "contexts", text(document, "current-context"), "context");
  if (current != nullptr && text(*current, "user") == user) return current;
  const auto contexts = document.find("contexts");
  if (contexts == document.end() || !contexts->is_array()) return nullptr;
  for (const Json& entry : *contexts)
    if (entry.is_object() && entry.contains("context") && text(entry["context"], "user") == user)
      return &entry["context"];
  return nullptr;
}

bool holds(const Json& user, std::string_view secret) {
  for (const char* key : {"token", "client-key-data", "password"})
    if (text(user, key) == secret) return true;
  if (!user.contains("auth-provider")) return false;
  const Json& provider = user["auth-provider"];
  if (!provider.is_object() || !provider.contains("config")) return false;
  for (const char* key : {"access-token", "id-token", "refresh-token"})
    if (text(provider["config"], key) == secret) return true;
  return false;
}

void add(Reading& reading, const char* role, std::string value) {
  if (!value.empty()) reading.parts.push_back({role, Secret(std::move(value)), false});
}

/// What belongs to the user who has this credential. False when nobody in the file has it.
bool complete(const Json& document, std::string_view secret, Reading& reading) {
  const auto users = document.find("users");
  if (users == document.end() || !users->is_array()) return false;
  for (const Json& entry : *users) {
    if (!entry.is_object() || !entry.contains("user") || !holds(entry["user"], secret)) continue;
    const Json& user = entry["user"];
    add(reading, "login", text(user, "username"));
    add(reading, "certificate", text(user, "client-certificate-data"));
    const Json* context = context_of(document, text(entry, "name"));
    if (context == nullptr) return true;
    add(reading, "namespace", text(*context, "namespace"));
    const Json* cluster = named(document, "clusters", text(*context, "cluster"), "cluster");
    if (cluster == nullptr) return true;
    add(reading, "server", text(*cluster, "server"));
    add(reading, "authority", text(*cluster, "certificate-authority-data"));
    if (text(*cluster, "insecure-skip-tls-verify") == "true") add(reading, "unverified", "true");
    return true;
  }
  return false;
}

bool only_in_kubeconfig(const Reading& reading) {
  return std::find(std::begin(kOnlyInKubeconfig), std::end(kOnlyInKubeconfig), reading.rule->id) !=
         std::end(kOnlyInKubeconfig);
}

}  // namespace

std::vector<Reading> read_structures(std::string_view bytes, std::vector<Reading> readings) {
  const auto is_ours = [](const Reading& reading) { return reading.provider->id == "kubernetes"; };
  if (std::none_of(readings.begin(), readings.end(), is_ours)) return readings;
  const bool possible = bytes.find("users") != std::string_view::npos && bytes.find("user") != std::string_view::npos;
  const auto document = possible ? parse_yaml(bytes) : tl::unexpected<YamlError>(YamlError{});
  const bool there = document && document->json.is_object();
  std::erase_if(readings, [&](Reading& reading) {
    if (!is_ours(reading)) return false;
    const bool found = there && complete(document->json, reading.secret.of(bytes), reading);
    return !found && only_in_kubeconfig(reading);
  });
  return readings;
}

}  // namespace overreach
