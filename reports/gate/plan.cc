#include "reports/gate/plan.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace overreach {
namespace {

using Form = Operation::Form;

template <class T>
std::vector<T> sorted(const std::set<T>& values) {
  return {values.begin(), values.end()};
}

bool worth_a_gate(const Excess& excess) {
  return excess.severity >= Severity::medium && excess.grant.effect != Effect::read;
}

/// What one pass over the findings of a provider gathers.
struct Gathered {
  std::set<std::string> findings, env, files, needed, tolerated;
  std::map<std::string, Denied> denied;
  std::map<std::string, std::set<Where>> places;  // of needed capabilities
  bool in_history = false;
  bool all_read = true;  // no need is unknown
};

void gather_need(const Need& need, const Provider& provider, Gathered& out) {
  if (need.confidence == Confidence::unknown || !need.unresolved.empty()) out.all_read = false;
  for (const NeededGrant& grant : need.grants)
    for (const std::string& id : provider.expand({grant.capability})) {
      out.needed.insert(id);
      out.places[id].insert(grant.where);
    }
}

void gather_sites(const Token& token, Gathered& out) {
  for (const Site& site : token.sites) {
    using Source = Origin::Source;
    const bool on_disk = site.origin.source == Source::tree || site.origin.source == Source::index;
    if (on_disk) out.files.insert(site.origin.path);
    if (!on_disk && site.origin.source != Source::input) out.in_history = true;
  }
}

/// A name a shell can export. Sites are also assigned to object keys and fields.
bool is_variable(std::string_view name) {
  const auto legal = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && name.find('_') != name.npos && std::all_of(name.begin(), name.end(), legal);
}

void gather_env(const Finding& finding, const Provider& provider, Gathered& out) {
  out.env.insert(provider.env.begin(), provider.env.end());
  for (const std::string& name : finding.need.names)
    if (is_variable(name)) out.env.insert(name);
  for (const Site& site : finding.token.sites)
    if (is_variable(site.name)) out.env.insert(site.name);
}

void gather_excess(const Finding& finding, const Provider& provider, Gathered& out) {
  for (const Excess& excess : finding.excess) {
    const Capability* capability = provider.capability(excess.grant.capability);
    if (capability == nullptr) continue;
    if (!worth_a_gate(excess)) {
      out.tolerated.insert(capability->id);
      continue;
    }
    Denied& denied = out.denied[capability->id];
    denied.capability = capability;
    denied.severity = std::max(denied.severity, excess.severity);
    if (denied.findings.empty() || denied.findings.back() != finding.token.id)
      denied.findings.push_back(finding.token.id);
  }
}

std::map<std::pair<Form, std::string>, std::set<std::string>> operations_of(const Provider& provider) {
  std::map<std::pair<Form, std::string>, std::set<std::string>> out;
  for (const UseSpec& use : provider.uses) {
    const auto add = [&](Form form, std::string_view language, const std::vector<std::string>& texts) {
      for (const std::string& text : texts) out[{form, std::string(language) + text}].insert(use.needs);
    };
    add(Form::cli, "", use.cli);
    add(Form::graphql, "", use.graphql);
    add(Form::http, "", use.http);
    add(Form::sql, "", use.sql);
    for (const auto& [language, paths] : use.sdk) add(Form::code, language + " ", paths);
    add(Form::code, "action ", use.action);
    add(Form::code, "terraform ", use.terraform);
  }
  return out;
}

/// An operation that also does something needed stays open: the gate must not break the purpose.
void list_operations(GatePlan& plan) {
  for (auto& [key, capabilities] : operations_of(*plan.provider)) {
    Operation operation{key.first, key.second, sorted(capabilities), false};
    const auto any = [&](auto test) { return std::any_of(capabilities.begin(), capabilities.end(), test); };
    operation.denied = any([&](const std::string& id) { return plan.denies(id); }) &&
                       !any([&](const std::string& id) { return plan.needs(id); });
    plan.operations.push_back(std::move(operation));
  }
}

/// Splits the excess: what is needed somewhere is confined to there, the rest is denied.
void split_excess(Gathered& gathered, GatePlan& plan) {
  for (auto& [id, denied] : gathered.denied) {
    std::sort(denied.findings.begin(), denied.findings.end());
    const auto needed = gathered.places.find(id);
    if (needed == gathered.places.end()) {
      plan.denied.push_back(std::move(denied));
    } else if (!needed->second.contains(Where{})) {
      plan.confined.push_back({denied.capability, sorted(needed->second), std::move(denied.findings)});
    }
  }
}

GatePlan make_plan(const Provider& provider, Gathered gathered) {
  GatePlan plan;
  plan.provider = &provider;
  plan.findings = sorted(gathered.findings);
  plan.needed = sorted(gathered.needed);
  for (const std::string& id : gathered.tolerated)
    if (!gathered.denied.contains(id) && !gathered.needed.contains(id)) plan.tolerated.push_back(id);
  split_excess(gathered, plan);
  list_operations(plan);
  plan.env = sorted(gathered.env);
  plan.files = sorted(gathered.files);
  plan.in_history = gathered.in_history;
  plan.unused = gathered.all_read && gathered.needed.empty();
  return plan;
}

}  // namespace

bool needs_gate(const Finding& finding) {
  if (finding.verdict == Verdict::fits || finding.verdict == Verdict::dead) return false;
  return std::any_of(finding.excess.begin(), finding.excess.end(), worth_a_gate);
}

bool GatePlan::denies(std::string_view capability) const {
  return std::any_of(denied.begin(), denied.end(), [&](const Denied& d) { return d.capability->id == capability; });
}

bool GatePlan::needs(std::string_view capability) const {
  return std::binary_search(needed.begin(), needed.end(), capability);
}

bool GatePlan::keeps_open(const Operation& operation) const {
  if (operation.denied) return false;
  return std::any_of(operation.capabilities.begin(), operation.capabilities.end(), [&](const std::string& id) {
    const Capability* capability = provider->capability(id);
    return (capability != nullptr && capability->effect == Effect::read) || needs(id) ||
           std::binary_search(tolerated.begin(), tolerated.end(), id);
  });
}

std::vector<GatePlan> plan_gates(std::span<const Finding> findings, const ProviderLookup& lookup) {
  std::map<std::string, Gathered> by_provider;
  for (const Finding& finding : findings) {
    const Provider* provider = lookup(finding.token.provider);
    if (provider == nullptr || finding.verdict == Verdict::dead) continue;
    Gathered& gathered = by_provider[provider->id];
    gather_need(finding.need, *provider, gathered);
    if (!needs_gate(finding)) continue;
    gathered.findings.insert(finding.token.id);
    gather_sites(finding.token, gathered);
    gather_env(finding, *provider, gathered);
    gather_excess(finding, *provider, gathered);
  }
  std::vector<GatePlan> plans;
  for (auto& [id, gathered] : by_provider) {
    if (gathered.findings.empty()) continue;
    GatePlan plan = make_plan(*lookup(id), std::move(gathered));
    if (!plan.denied.empty() || !plan.confined.empty()) plans.push_back(std::move(plan));
  }
  return plans;
}

}  // namespace overreach
