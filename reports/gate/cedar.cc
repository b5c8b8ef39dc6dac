#include "reports/gate/cedar.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

namespace overreach {
namespace {

/// A string literal. Control characters cannot occur in provider files; they become spaces.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out + "\"";
}

bool is_identifier(std::string_view name) {
  const auto word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  return !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0 &&
         std::all_of(name.begin(), name.end(), word);
}

std::string attribute(std::string_view name) { return is_identifier(name) ? std::string(name) : quoted(name); }

std::string member(std::string_view name) {
  return is_identifier(name) ? "resource." + std::string(name) : "resource[" + quoted(name) + "]";
}

/// Annotations sit on every policy; `findings` ties it to the report.
std::string head(std::string_view id, const std::vector<std::string>& findings) {
  return fmt::format("@id({})\n@findings({})\n", quoted(id), quoted(fmt::format("{}", fmt::join(findings, " "))));
}

/// One action a line, with what it does.
std::string actions(const Provider& provider, const std::vector<std::string>& capabilities) {
  std::string out = "  action in [\n";
  for (std::size_t i = 0; i < capabilities.size(); ++i) {
    const Capability* capability = provider.capability(capabilities[i]);
    out += fmt::format("    {}{} // {}\n", cedar_action(provider.id, capabilities[i]),
                       i + 1 < capabilities.size() ? "," : "", capability != nullptr ? capability->title : "");
  }
  return out + "  ],\n";
}

/// An attribute that is missing would make the condition fail with an error, and a `forbid`
/// that fails is skipped: so nothing optional is read before `has`.
const std::string& receipt_condition() {
  static const std::string text = fmt::format(
      "  context has receipt &&\n"
      "  context.receipt.verified &&\n"
      "  context.receipt.provider == resource.provider &&\n"
      "  context.receipt.environment == resource.environment &&\n"
      "  context.receipt.resource == resource &&\n"
      "  context.receipt.action == action &&\n"
      "  context.receipt.approver like \"human:*\" &&\n"
      "  context.receipt.expires_at > context.now &&\n"
      "  context.receipt.expires_at - context.now <= {} &&\n"
      "  resource.environment != \"unknown\"\n",
      kReceiptSeconds);
  return text;
}

std::string place(const Where& where) {
  std::string out;
  for (const auto& [dimension, value] : where.entries()) {
    if (!out.empty()) out += " && ";
    if (dimension != "environment") out += fmt::format("resource has {} && ", attribute(dimension));
    out += fmt::format("{} == {}", member(dimension), quoted(value));
  }
  return "(" + out + ")";
}

std::string places(const Confined& confined) {
  std::string out;
  for (const Where& where : confined.places) out += (out.empty() ? "  " : " ||\n  ") + place(where);
  return out + "\n";
}

/// A resource of another provider must not pass through this provider's actions.
std::string same_provider(const GatePlan& plan) { return "  resource.provider == " + quoted(plan.provider->id); }

std::vector<std::string> open_capabilities(const GatePlan& plan) {
  std::vector<std::string> ids;
  for (const Capability& capability : plan.provider->capabilities) {
    const bool confined = std::any_of(plan.confined.begin(), plan.confined.end(),
                                      [&](const Confined& c) { return c.capability->id == capability.id; });
    const bool tolerated = std::binary_search(plan.tolerated.begin(), plan.tolerated.end(), capability.id);
    if (!confined && (capability.effect == Effect::read || plan.needs(capability.id) || tolerated))
      ids.push_back(capability.id);
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

std::string permit_open(const GatePlan& plan) {
  const std::vector<std::string> ids = open_capabilities(plan);
  if (ids.empty()) return {};
  return "// Reads, what the code needs, and what is not worth a gate.\n" +
         head(plan.provider->id + "-open", plan.findings) + "permit (\n  principal is Overreach::Agent,\n" +
         actions(*plan.provider, ids) + "  resource\n)\nwhen {\n" + same_provider(plan) + "\n};\n\n";
}

std::string permit_with_receipt(const GatePlan& plan) {
  std::vector<std::string> ids;
  for (const Denied& denied : plan.denied) ids.push_back(denied.capability->id);
  for (const Confined& confined : plan.confined) ids.push_back(confined.capability->id);
  std::sort(ids.begin(), ids.end());
  return "// One approval by a person opens one action on one resource in one environment.\n" +
         head(plan.provider->id + "-receipt", plan.findings) + "permit (\n  principal is Overreach::Agent,\n" +
         actions(*plan.provider, ids) + "  resource\n)\nwhen {\n" + same_provider(plan) + " &&\n" +
         receipt_condition() + "};\n\n";
}

std::string confine(const GatePlan& plan, const Confined& confined) {
  const std::string id = plan.provider->id + "-" + confined.capability->id;
  const std::string scope = actions(*plan.provider, {confined.capability->id}) + "  resource\n)\n";
  return fmt::format("// {} is needed, but not everywhere.\n", confined.capability->id) +
         head(id + "-where-needed", confined.findings) + "permit (\n  principal is Overreach::Agent,\n" + scope +
         "when {\n" + places(confined) + "};\n\n" + head(id + "-elsewhere", confined.findings) +
         "forbid (\n  principal,\n" + scope + "unless {\n" + places(confined) + "}\nunless {\n" + receipt_condition() +
         "};\n\n";
}

/// One policy for each effect, so that a denial says what kind of harm it stopped.
std::string forbid_without_receipt(const GatePlan& plan) {
  std::map<Effect, std::vector<const Denied*>, std::greater<>> by_effect;
  for (const Denied& denied : plan.denied) by_effect[denied.capability->effect].push_back(&denied);
  std::string out;
  for (const auto& [effect, rows] : by_effect) {
    std::set<std::string> findings;
    std::vector<std::string> ids;
    for (const Denied* row : rows) {
      findings.insert(row->findings.begin(), row->findings.end());
      ids.push_back(row->capability->id);
    }
    out += head(fmt::format("{}-{}-needs-receipt", plan.provider->id, to_string(effect)),
                {findings.begin(), findings.end()}) +
           "forbid (\n  principal,\n" + actions(*plan.provider, ids) + "  resource\n)\nunless {\n" +
           receipt_condition() + "};\n\n";
  }
  return out;
}

std::string commented(const std::vector<std::string>& sentences) {
  std::string out;
  for (const std::string& sentence : sentences) out += "//   - " + sentence + "\n";
  return out;
}

/// The optional attributes of a resource: every dimension a place can be named by.
std::set<std::string> dimensions(std::span<const GatePlan> plans) {
  std::set<std::string> out;
  for (const GatePlan& plan : plans) {
    for (const DimensionSpec& dimension : plan.provider->where) out.insert(dimension.name);
    for (const Confined& confined : plan.confined)
      for (const Where& where : confined.places)
        for (const auto& [dimension, value] : where.entries()) out.insert(dimension);
  }
  out.erase("environment");
  out.erase("provider");
  return out;
}

/// An operation is a member of the groups of its capabilities. One that stays open although
/// it also does something denied is kept out of the denied groups.
std::vector<std::string> groups_of(const GatePlan& plan, const Operation& operation) {
  std::vector<std::string> groups;
  for (const std::string& id : operation.capabilities)
    if (operation.denied || !plan.denies(id)) groups.push_back(quoted(plan.provider->id + "/" + id));
  return groups;
}

std::string schema_actions(const GatePlan& plan) {
  const std::string applies = " appliesTo { principal: [Agent], resource: [Resource], context: Call };\n";
  std::string out = fmt::format("  // {}: capabilities, then the ways to exercise them\n", plan.provider->title);
  for (const Capability& capability : plan.provider->capabilities)
    out += "  action " + quoted(plan.provider->id + "/" + capability.id) + applies;
  for (const Operation& operation : plan.operations)
    out += fmt::format("  action {} in [{}]{}", quoted(plan.provider->id + "/" + operation.text),
                       fmt::join(groups_of(plan, operation), ", "), applies);
  return out;
}

}  // namespace

std::string cedar_action(std::string_view provider, std::string_view text) {
  return "Overreach::Action::" + quoted(std::string(provider) + "/" + std::string(text));
}

std::string cedar_policy(std::span<const GatePlan> plans) {
  std::string out =
      "// Written by overreach. Validate with schema.cedarschema.\n"
      "//\n"
      "// The gateway that asks fills in the request, never the agent: it resolves `environment` from the provider's\n"
      "// own data (\"unknown\" when it cannot, \"none\" when the resource lies in no environment), sets `verified` "
      "only\n"
      "// after it has checked the receipt's signature with a key the agent cannot reach, and uses a receipt up.\n"
      "// Times are seconds since 1970.\n";
  for (const GatePlan& plan : plans) {
    out += fmt::format("\n// ---- {}: findings {}\n// Not covered:\n", plan.provider->title,
                       fmt::join(plan.findings, ", ")) +
           commented(cedar_not_covered(plan)) + "\n" + permit_open(plan) + permit_with_receipt(plan);
    for (const Confined& confined : plan.confined) out += confine(plan, confined);
    out += forbid_without_receipt(plan);
  }
  return out;
}

std::string cedar_schema(std::span<const GatePlan> plans) {
  std::string out =
      "// Written by overreach, for policy.cedar.\n"
      "namespace Overreach {\n"
      "  entity Agent;\n"
      "  entity Resource = {\n    provider: String,\n    environment: String,\n";
  for (const std::string& dimension : dimensions(plans)) out += fmt::format("    {}?: String,\n", attribute(dimension));
  out +=
      "  };\n"
      "  type Receipt = {\n"
      "    verified: Bool,        // the gateway has checked the signature\n"
      "    provider: String,\n    environment: String,\n    resource: Resource,\n    action: Action,\n"
      "    approver: String,      // \"human:<id>\"\n"
      "    expires_at: Long,      // seconds since 1970\n"
      "  };\n"
      "  type Call = {\n    now: Long,\n    receipt?: Receipt,\n  };\n\n";
  for (const GatePlan& plan : plans) out += schema_actions(plan);
  return out + "}\n";
}

std::vector<std::string> cedar_not_covered(const GatePlan& plan) {
  std::vector<std::string> out = {
      "Calls that do not pass through the gateway that asks this policy: a raw socket, a script with the token in its "
      "hand, an MCP server with its own credentials.",
      "Copies of the token in files and git objects: a policy on calls does not hide them; rotate the token.",
      "A call the gateway cannot map to one action: it must deny that itself.",
  };
  for (const Operation& operation : plan.operations)
    if (!operation.denied && std::any_of(operation.capabilities.begin(), operation.capabilities.end(),
                                         [&](const std::string& id) { return plan.denies(id); }))
      out.push_back(fmt::format("{} does something needed as well, so it is not denied.", operation.text));
  return out;
}

}  // namespace overreach
