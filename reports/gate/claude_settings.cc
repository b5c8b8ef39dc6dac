#include "reports/gate/claude_settings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "reports/gate/claude_rules.h"

namespace overreach {
namespace {

using Json = nlohmann::ordered_json;
using Strings = std::set<std::string>;

void add(Strings& to, const std::vector<std::string>& from) { to.insert(from.begin(), from.end()); }

Strings deny_rules(std::span<const GatePlan> plans) {
  Strings rules;
  for (const GatePlan& plan : plans) {
    add(rules, bash_rules(plan));
    for (const std::string& host : plan.provider->hosts)
      if (!host.starts_with("*")) rules.insert("WebFetch(domain:" + host + ")");
    for (const std::string& path : plan.files) add(rules, read_rules(path));
    for (const StoreSpec& store : plan.provider->stores)
      if (store.path.starts_with("~/")) add(rules, read_rules(store.path));
  }
  return rules;
}

/// What the rules cannot decide goes to a person: any other call to the provider's hosts,
/// and leaving the sandbox.
Strings ask_rules(std::span<const GatePlan> plans) {
  Strings rules = {"Bash(dangerouslyDisableSandbox:true)"};
  for (const GatePlan& plan : plans)
    for (const std::string& host : plan.provider->hosts)
      rules.insert("Bash(*" + (host.starts_with("*.") ? host.substr(1) : host) + "*)");
  return rules;
}

Json sandbox(std::span<const GatePlan> plans) {
  Strings domains, files, env;
  for (const GatePlan& plan : plans) {
    if (plan.unused) add(domains, plan.provider->hosts);
    for (const StoreSpec& store : plan.provider->stores)
      if (store.path.starts_with("~/")) files.insert(store.path);
    add(env, plan.env);
  }
  Json out = {{"enabled", true}, {"failIfUnavailable", true}, {"allowUnsandboxedCommands", false}};
  if (!domains.empty()) out["network"]["deniedDomains"] = domains;
  for (const std::string& path : files) out["credentials"]["files"].push_back(Json{{"path", path}, {"mode", "deny"}});
  for (const std::string& name : env) out["credentials"]["envVars"].push_back(Json{{"name", name}, {"mode", "deny"}});
  return out;
}

bool only_in_code(const GatePlan& plan, const std::string& capability) {
  return std::none_of(plan.operations.begin(), plan.operations.end(), [&](const Operation& operation) {
    return operation.denied && operation.form != Operation::Form::code &&
           std::binary_search(operation.capabilities.begin(), operation.capabilities.end(), capability);
  });
}

std::vector<std::string> uncovered_capabilities(const GatePlan& plan) {
  std::vector<std::string> ids;
  for (const Denied& denied : plan.denied)
    if (only_in_code(plan, denied.capability->id)) ids.push_back(denied.capability->id);
  return ids;
}

}  // namespace

std::string claude_settings(std::span<const GatePlan> plans) {
  Json settings;
  settings["permissions"]["deny"] = deny_rules(plans);
  settings["permissions"]["ask"] = ask_rules(plans);
  settings["permissions"]["disableBypassPermissionsMode"] = "disable";
  settings["sandbox"] = sandbox(plans);
  return settings.dump(2, ' ', true, Json::error_handler_t::replace) + "\n";
}

std::string claude_hook_stanza() {
  // A hook that is missing or exits with 1 lets the call pass; `|| exit 2` closes that.
  const std::string command = "sh \"$HOME/.claude/hooks/overreach-deny-destructive.sh\" || exit 2";
  const Json hook = {{"type", "command"}, {"command", command}, {"timeout", 10}};
  const Json entry = {{"matcher", "Bash|PowerShell|WebFetch|mcp__.*"}, {"hooks", Json::array({hook})}};
  Json stanza;
  stanza["hooks"]["PreToolUse"] = Json::array({entry});
  return stanza.dump(2) + "\n";
}

std::vector<std::string> claude_covers(const GatePlan& plan) {
  std::vector<std::string> ids;
  for (const Denied& denied : plan.denied)
    if (!only_in_code(plan, denied.capability->id)) ids.push_back(denied.capability->id);
  return ids;
}

std::vector<std::string> claude_not_covered(const GatePlan& plan) {
  std::vector<std::string> out = {
      "Copies in git objects stay readable (git show, git stash show -p): only rotating the token, or purging the "
      "history, takes them away.",
      "MCP servers run outside the sandbox, and the hook sees the arguments of their tools, not what they do.",
      "Commands that cannot be analysed: text that is decoded or put together elsewhere, programs that are compiled, "
      "npm scripts and make targets, and scripts the hook cannot read.",
      "Read rules of files in the repository hold below the directory that Claude Code is started in: start it at the "
      "root of the repository.",
      "Other agents and people: these files speak to Claude Code only.",
  };
  if (const auto ids = uncovered_capabilities(plan); !ids.empty())
    out.push_back(
        fmt::format("No command or request is known for {}: SDK calls, workflow actions and Terraform are "
                    "not seen.",
                    fmt::join(ids, ", ")));
  for (const Confined& confined : plan.confined)
    out.push_back(
        fmt::format("{} is needed in {}, and a command does not tell the place for sure: the Cedar policy "
                    "confines it, these rules do not.",
                    confined.capability->id, confined.places.front().text()));
  for (const Operation& operation : plan.operations)
    if (!operation.denied && std::any_of(operation.capabilities.begin(), operation.capabilities.end(),
                                         [&](const std::string& id) { return plan.denies(id); }))
      out.push_back(fmt::format("{} does something needed as well, so it is not denied.", operation.text));
  return out;
}

}  // namespace overreach
