// One function for each notation. They see words and places and no provider; what a word means was decided before.
#include "detectors/verdict/notation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

namespace overreach {
namespace {

using Words = std::vector<std::string>;

std::string joined(const Words& words, std::string_view separator) {
  return fmt::format("{}", fmt::join(words, separator));
}

std::string readable(std::string_view text) {
  std::string out(text);
  std::replace(out.begin(), out.end(), '_', ' ');
  if (!out.empty()) out[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(out[0])));
  return out;
}

/// Values of one dimension over all places of the words; empty when some place is not restricted by it.
std::set<std::string> places_of(const LeastPrivilege& least, std::string_view dimension) {
  std::set<std::string> out;
  for (const LeastWord& word : least.words) {
    for (const Where& place : word.places) {
      if (place.get(dimension).empty()) return {};
      out.insert(std::string(place.get(dimension)));
    }
  }
  return out;
}

Words list_of(const std::set<std::string>& from) { return {from.begin(), from.end()}; }

// --- a list

void write_scopes(LeastPrivilege& least) {
  Words words;
  for (const LeastWord& word : least.words) words.push_back(word.word);
  least.paste = joined(words, ",");
}

// --- GitHub's fine-grained permissions: "issues:write" is what the page calls "Issues: read and write"

void write_permissions(LeastPrivilege& least) {
  const std::set<std::string> repositories = places_of(least, "repository");
  least.paste = repositories.empty() ? "" : "Repository access: only " + joined(list_of(repositories), ", ") + "\n";
  if (repositories.empty()) least.notes.emplace_back("Choose only the repositories it works on: the code names none.");
  std::set<std::string> written;
  for (const LeastWord& word : least.words)
    if (word.word.ends_with(":write")) written.insert(word.word.substr(0, word.word.rfind(':')));
  for (const LeastWord& word : least.words) {
    const std::string name = word.word.substr(0, word.word.rfind(':'));
    const bool writes = word.word.ends_with(":write");
    if (!writes && written.count(name) != 0) continue;
    least.paste += readable(name) + (writes ? ": read and write\n" : ": read-only\n");
  }
}

// --- Stripe's restricted keys: "rak_checkout_session_write"

void write_restricted_key(LeastPrivilege& least) {
  std::set<std::string> written;
  const auto parts = [](std::string_view word) {
    if (word.starts_with("rak_")) word.remove_prefix(4);
    const std::size_t cut = word.rfind('_');
    return std::pair(std::string(word.substr(0, cut)), std::string(word.substr(cut + 1)));
  };
  for (const LeastWord& word : least.words)
    if (parts(word.word).second == "write") written.insert(parts(word.word).first);
  for (const LeastWord& word : least.words) {
    const auto [name, level] = parts(word.word);
    if (level != "write" && written.count(name) != 0) continue;
    least.paste += fmt::format("{}: {}\n", readable(name), level);
  }
}

// --- AWS: an identity policy

/// The ARN of what an action works on, as far as the code names it; empty: it does not.
std::string arn_of(std::string_view action, const Where& place) {
  const std::string_view service = action.substr(0, action.find(':'));
  const std::string_view name = action.substr(action.find(':') + 1);
  const std::string_view region = place.get("region"), account = place.get("account");
  const auto arn = [&](std::string_view resource) {
    return fmt::format("arn:aws:{}:{}:{}:{}", service, region.empty() ? "*" : region, account.empty() ? "*" : account,
                       resource);
  };
  if (service == "s3" && !place.get("bucket").empty()) {
    if (name == "ListAllMyBuckets") return {};
    const bool object = name.find("Object") != std::string_view::npos || name == "AbortMultipartUpload";
    return fmt::format("arn:aws:s3:::{}{}", place.get("bucket"), object ? "/*" : "");
  }
  struct Row {
    std::string_view service, dimension, before, after;
  };
  constexpr Row kRows[] = {{"dynamodb", "table", "table/", ""},
                           {"lambda", "function", "function:", ""},
                           {"sqs", "queue", "", ""},
                           {"sns", "topic", "", ""},
                           {"secretsmanager", "secret", "secret:", "-*"},
                           {"logs", "log-group", "log-group:", ":*"}};
  for (const Row& row : kRows) {
    const std::string_view value = place.get(row.dimension);
    if (row.service != service || value.empty()) continue;
    if (value.starts_with("arn:")) return std::string(value);
    if (row.service == "sqs" && value.find('/') != std::string_view::npos)
      return arn(value.substr(value.rfind('/') + 1));  // a queue's URL ends in its name
    return arn(fmt::format("{}{}{}", row.before, value, row.after));
  }
  return {};
}

void write_iam_policy(LeastPrivilege& least) {
  std::map<Words, std::set<std::string>> statements;  // resources -> actions
  bool open = false;
  for (const LeastWord& word : least.words) {
    std::set<std::string> resources;
    for (const Where& place : word.places) {
      const std::string arn = arn_of(word.word, place);
      resources.insert(arn.empty() ? "*" : arn);
    }
    if (resources.count("*") != 0) resources = {"*"};
    open = open || resources.count("*") != 0;
    statements[list_of(resources)].insert(word.word);
  }
  nlohmann::ordered_json policy = {{"Version", "2012-10-17"}, {"Statement", nlohmann::ordered_json::array()}};
  for (const auto& [resources, actions] : statements)
    policy["Statement"].push_back({{"Effect", "Allow"}, {"Action", list_of(actions)}, {"Resource", resources}});
  least.paste = policy.dump(2) + "\n";
  if (open)
    least.notes.emplace_back(
        "Where Resource is \"*\" the code does not name what it works on, or the action takes no resource: put ARNs "
        "there.");
}

// --- SQL

constexpr std::string_view kRole = "app";  // whoever makes it calls it as they like

/// "ON TABLE a, b", or all tables with the reason.
std::string sql_target(const LeastWord& word) {
  if (!word.on.empty()) return "TABLE " + joined(word.on, ", ");
  return "ALL TABLES IN SCHEMA public";
}

void write_sql_grants(LeastPrivilege& least) {
  std::string out = fmt::format("CREATE ROLE {} LOGIN;\n", kRole);
  const std::set<std::string> databases = places_of(least, "database");
  if (databases.empty()) least.notes.emplace_back("GRANT CONNECT ON DATABASE as well where PUBLIC has lost it.");
  for (const std::string& database : databases)
    out += fmt::format("GRANT CONNECT ON DATABASE \"{}\" TO {};\n", database, kRole);
  std::map<std::string, Words> on_tables;  // target -> privileges
  std::string rest;
  bool open = false;
  for (const LeastWord& word : least.words) {
    const std::string& name = word.word;
    if (name == "SELECT" || name == "INSERT" || name == "UPDATE" || name == "DELETE" || name == "TRUNCATE") {
      on_tables[sql_target(word)].push_back(name);
      open = open || word.on.empty();
    } else if (name == "CREATE") {
      rest += fmt::format("GRANT CREATE ON SCHEMA public TO {};\n", kRole);
    } else if (name == "EXECUTE") {
      rest += fmt::format("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {};\n", kRole);
    } else if (name == "table owner") {
      least.notes.emplace_back("It alters or drops tables, which only their owner may: ALTER TABLE ... OWNER TO " +
                               std::string(kRole) + ", for a role that only migrations use.");
    } else if (name == "database owner") {
      least.notes.emplace_back("It drops databases, which only their owner may.");
    } else if (name == "rolcreatedb" || name == "rolcreaterole" || name == "rolreplication" || name == "rolbypassrls") {
      rest += fmt::format("ALTER ROLE {} {};\n", kRole, readable(name.substr(3)));
    } else if (name.starts_with("pg_")) {
      rest += fmt::format("GRANT {} TO {};\n", name, kRole);
    } else if (name == "rolsuper") {
      least.notes.emplace_back("Only a superuser may do what it does: look for another way.");
    }
  }
  if (!on_tables.empty()) out += fmt::format("GRANT USAGE ON SCHEMA public TO {};\n", kRole);
  for (const auto& [target, privileges] : on_tables)
    out += fmt::format("GRANT {} ON {} TO {};\n", joined(privileges, ", "), target, kRole);
  if (open) least.notes.emplace_back("Where it says ALL TABLES the code does not say which.");
  least.paste = out + rest;
}

// --- Kubernetes: "create pods/exec", "patch deployments.apps"

bool is_of_cluster(std::string_view resource) {
  constexpr std::string_view kResources[] = {"nodes",
                                             "namespaces",
                                             "persistentvolumes",
                                             "users",
                                             "groups",
                                             "clusterroles",
                                             "clusterrolebindings",
                                             "customresourcedefinitions",
                                             "validatingwebhookconfigurations",
                                             "mutatingwebhookconfigurations",
                                             "certificatesigningrequests/approval"};
  return std::find(std::begin(kResources), std::end(kResources), resource) != std::end(kResources);
}

struct RoleRule {
  std::string group, resource;
  auto operator<=>(const RoleRule&) const = default;
};

/// "patch deployments.apps" -> patch; {apps, deployments}; a subresource keeps its name: deployments/scale.
std::pair<std::string, RoleRule> rule_of(const std::string& word) {
  const std::size_t space = word.find(' ');
  std::string resource = word.substr(space + 1), group;
  if (const std::size_t dot = resource.find('.'); dot != std::string::npos) {
    group = resource.substr(dot + 1);
    resource.resize(dot);
  }
  if (const std::size_t slash = group.find('/'); slash != std::string::npos) {
    resource += group.substr(slash);
    group.resize(slash);
  }
  return {word.substr(0, space), {group, resource}};
}

std::string role_yaml(std::string_view kind, std::string_view space,
                      const std::map<RoleRule, std::set<std::string>>& rules) {
  std::string out = fmt::format("apiVersion: rbac.authorization.k8s.io/v1\nkind: {}\nmetadata:\n  name: app\n", kind);
  if (kind == "Role") out += fmt::format("  namespace: {}\n", space);
  out += "rules:\n";
  for (const auto& [rule, verbs] : rules)
    out += fmt::format("  - apiGroups: [\"{}\"]\n    resources: [{}]\n    verbs: [{}]\n", rule.group, rule.resource,
                       joined(list_of(verbs), ", "));
  return out;
}

void write_kubernetes_role(LeastPrivilege& least) {
  std::map<std::string, std::map<RoleRule, std::set<std::string>>> roles;  // namespace -> rules; "" of the cluster
  bool unnamed = false;
  for (const LeastWord& word : least.words) {
    const auto [verb, rule] = rule_of(word.word);
    for (const Where& place : word.places) {
      std::string space(place.get("namespace"));
      if (is_of_cluster(rule.resource)) {
        space.clear();
      } else if (space.empty()) {
        space = "NAMESPACE";
        unnamed = true;
      }
      roles[space][rule].insert(verb);
    }
  }
  for (const auto& [space, rules] : roles)
    least.paste +=
        (least.paste.empty() ? "" : "---\n") + role_yaml(space.empty() ? "ClusterRole" : "Role", space, rules);
  if (unnamed) least.notes.emplace_back("NAMESPACE stands for the one of the context, which the code does not name.");
}

struct Notation {
  std::string_view form;
  void (*write)(LeastPrivilege&);
};
constexpr Notation kNotations[] = {
    {"scopes", write_scopes},         {"permissions", write_permissions}, {"restricted-key", write_restricted_key},
    {"iam-policy", write_iam_policy}, {"sql-grants", write_sql_grants},   {"kubernetes-role", write_kubernetes_role}};

}  // namespace

void write_notation(LeastPrivilege& least) {
  if (least.words.empty()) return;
  for (const Notation& notation : kNotations)
    if (notation.form == least.form) return notation.write(least);
}

}  // namespace overreach
