#include "reports/gate/gate.h"

#include <algorithm>

#include "reports/gate/cedar.h"
#include "reports/gate/claude_settings.h"
#include "reports/gate/hook_script.h"
#include "reports/gate/plan.h"
#include "reports/gate/readme.h"

namespace overreach {
namespace {

/// The part of `covered` that is excess of this very finding.
std::vector<std::string> of_finding(const std::vector<std::string>& covered, const Finding& finding) {
  std::vector<std::string> out;
  for (const std::string& id : covered)
    if (std::any_of(finding.excess.begin(), finding.excess.end(),
                    [&](const Excess& e) { return e.grant.capability == id; }))
      out.push_back(id);
  return out;
}

std::vector<std::string> cedar_covers(const GatePlan& plan) {
  std::vector<std::string> ids;
  for (const Denied& denied : plan.denied) ids.push_back(denied.capability->id);
  for (const Confined& confined : plan.confined) ids.push_back(confined.capability->id);
  std::sort(ids.begin(), ids.end());
  return ids;
}

void refer(const GatePlan& plan, std::span<Finding> findings) {
  const GateRef claude{"claude-code", "claude-code/settings.json", claude_covers(plan), claude_not_covered(plan)};
  const GateRef cedar{"cedar", "cedar/policy.cedar", cedar_covers(plan), cedar_not_covered(plan)};
  for (Finding& finding : findings) {
    if (!std::binary_search(plan.findings.begin(), plan.findings.end(), finding.token.id)) continue;
    for (GateRef ref : {claude, cedar}) {
      ref.covers = of_finding(ref.covers, finding);
      if (!ref.covers.empty()) finding.gates.push_back(std::move(ref));
    }
  }
}

}  // namespace

std::vector<GateFile> make_gates(std::span<Finding> findings, const ProviderLookup& lookup) {
  for (Finding& finding : findings) finding.gates.clear();
  const std::vector<GatePlan> plans = plan_gates(findings, lookup);
  if (plans.empty()) return {};
  for (const GatePlan& plan : plans) refer(plan, findings);
  return {
      {"README.md", gates_readme(plans)},
      {"cedar/policy.cedar", cedar_policy(plans)},
      {"cedar/schema.cedarschema", cedar_schema(plans)},
      {"claude-code/deny-destructive.sh", hook_script(plans)},
      {"claude-code/hook-stanza.json", claude_hook_stanza()},
      {"claude-code/settings.json", claude_settings(plans)},
  };
}

std::vector<GateFile> make_gates(std::span<Finding> findings, const Catalog& catalog) {
  return make_gates(findings, [&](std::string_view id) { return catalog.find(id); });
}

}  // namespace overreach
