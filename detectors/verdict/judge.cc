#include "detectors/verdict/judge.h"

#include <algorithm>
#include <tuple>

#include "detectors/verdict/fix.h"
#include "detectors/verdict/remarks.h"
#include "detectors/verdict/weigh.h"
#include "detectors/verdict/wording.h"

namespace overreach {
namespace {

/// The verdict, before the token's own sensitivity lowers the severity.
struct Ruling {
  Verdict verdict = Verdict::unknown;
  Severity severity = Severity::note;
  bool capped = false;  // proven, but a use that was not read may need it
};

bool is_proven(const Excess& excess) {
  return excess.grant.proof >= Proof::decoded && excess.severity >= Severity::medium;
}

/// No purpose needs these by accident: an unread use does not excuse them.
bool is_grave(const Excess& excess) {
  return excess.grant.effect == Effect::destroy || excess.grant.effect == Effect::admin;
}

Severity worst(const std::vector<Excess>& excess) { return excess.empty() ? Severity::note : excess.front().severity; }

/// Nothing is known about what the token can do: not by us, not from the provider.
Ruling no_table() { return {Verdict::unknown, Severity::medium}; }

struct Judge {
  const Finding& finding;
  const Provider& provider;

  Ruling operator()(const Dead&) const { return {Verdict::dead, Severity::low}; }

  Ruling operator()(const Unknown&) const {
    if (provider.capabilities.empty()) return no_table();
    return {Verdict::unknown, lower(worst(finding.excess), 1, least_unproven())};
  }

  Ruling operator()(const NotProbed& reach) const {
    if (provider.capabilities.empty()) return no_table();
    Ruling ruling = between(reach.upto);
    if (ruling.severity != Severity::note) ruling.severity = std::max(ruling.severity, least_unproven());
    return ruling;
  }

  Ruling operator()(const Live& reach) const {
    if (provider.capabilities.empty()) return no_table();
    const auto& rows = finding.excess;
    if (std::none_of(rows.begin(), rows.end(), is_proven)) return between(reach.powers);
    const bool grave =
        std::any_of(rows.begin(), rows.end(), [](const Excess& e) { return is_proven(e) && is_grave(e); });
    const bool capped = finding.need.confidence == Confidence::unknown && !grave;
    return {capped ? Verdict::may_overreach : Verdict::overreach, worst(rows), capped};
  }

  /// What a provider has not answered for may do all that its kind can: more than reading is never a small matter.
  Severity least_unproven() const {
    const auto& rows = finding.excess;
    const bool changes =
        std::any_of(rows.begin(), rows.end(), [](const Excess& e) { return e.grant.effect != Effect::read; });
    return changes ? Severity::medium : Severity::low;
  }

  /// The excess lies between the bounds, or there is none. A scope that our data does not know
  /// is a power that our data does not know.
  Ruling between(const Powers& powers) const {
    const Severity severity = std::max(worst(finding.excess), powers.unmapped.empty() ? Severity::note : Severity::low);
    const bool some = !finding.excess.empty() || !powers.unmapped.empty();
    return some ? Ruling{Verdict::may_overreach, severity} : Ruling{Verdict::fits, Severity::low};
  }
};

/// Code names places by id, providers list them with names: the need is said in the provider's names.
void use_names(Need& need, const std::vector<Resource>& resources) {
  for (NeededGrant& grant : need.grants) {
    const auto places = grant.where.entries();
    for (const auto& [dimension, value] : places)
      for (const Resource& resource : resources)
        if (resource.type == dimension && resource.id == value && !resource.name.empty())
          grant.where.set(dimension, resource.name);
  }
}

/// Nothing narrower is to be had, and none of it is production: its owner has done what can be done, and what is left
/// over is small.
bool as_narrow_as_can_be(const Finding& finding, const Provider& provider) {
  const Powers* powers = powers_of(finding.reach);
  if (powers == nullptr || !is_narrowest(finding, provider)) return false;
  return std::all_of(finding.excess.begin(), finding.excess.end(), [&](const Excess& row) {
    const Environment environment = environment_of(row.grant, *powers, finding.token.environment);
    return row.grant.effect == Effect::read || environment == Environment::staging ||
           environment == Environment::development;
  });
}

/// Test mode cannot hurt much, and a publishable key is meant to be seen.
Severity most(const Token& token) {
  if (token.sensitivity == "publishable") return Severity::note;
  return token.sensitivity == "test" ? Severity::low : Severity::critical;
}

/// A loose match may be no credential at all, unless the provider took it for one.
Severity doubt(const Finding& finding, Severity severity) {
  const bool loose = finding.token.confidence == "possible" && !std::holds_alternative<Live>(finding.reach);
  return loose && severity > Severity::low ? lower(severity, 1, Severity::low) : severity;
}

}  // namespace

Finding judge(Token token, Reach reach, Need need, const Provider& provider) {
  Finding out;
  out.token = std::move(token);
  out.reach = std::move(reach);
  out.need = std::move(need);
  out.provider_title = provider.title;
  if (const Powers* powers = powers_of(out.reach)) {
    use_names(out.need, powers->resources);
    out.excess = excess_in(*powers, out.need, provider, out.token.environment);
  }
  if (as_narrow_as_can_be(out, provider))
    for (Excess& row : out.excess) row.severity = std::min(row.severity, Severity::low);
  const Ruling ruling = std::visit(Judge{out, provider}, out.reach);
  const Severity ceiling = most(out.token);
  for (Excess& row : out.excess) row.severity = std::min(row.severity, ceiling);
  out.verdict = ruling.verdict;
  out.severity = std::min(doubt(out, ruling.severity), ceiling);
  out.headline = headline(out, provider, ruling.capped);
  out.fix = fix_for(out, provider);
  out.remarks = remarks_on(out);
  return out;
}

void sort_findings(std::vector<Finding>& findings) {
  const auto key = [](const Finding& f) {
    return std::make_tuple(-static_cast<int>(f.severity), -static_cast<int>(f.verdict),
                           std::string_view(f.token.provider), std::string_view(f.token.id),
                           std::string_view(f.token.rule));
  };
  std::stable_sort(findings.begin(), findings.end(),
                   [&](const Finding& a, const Finding& b) { return key(a) < key(b); });
}

}  // namespace overreach
