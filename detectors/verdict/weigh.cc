// Severity is a sum of small steps, so that a reader can do it in his head:
//
//   effect            destroy, exec, secrets, impersonate 2 · admin 3 · write, spend, send 1 · read: always note
//   no way back       +1
//   backups go too    +1
//   production        +1   also where the environment is not known and the power is proven
//   development       -1
//
// 1 is low, 4 critical. Then what did not hold up: staging stops at high, development at medium,
// and only loss is critical (power over others can be taken back). Last the proof: documented is
// one step lower, assumed two, and never less than low.
#include "detectors/verdict/weigh.h"

#include <algorithm>

#include "detectors/verdict/judge.h"

namespace overreach {
namespace {

int base(Effect effect) {
  switch (effect) {
    case Effect::read:
      return 0;
    case Effect::write:
    case Effect::spend:
    case Effect::send:
      return 1;
    case Effect::impersonate:
    case Effect::exec:
    case Effect::secrets:
    case Effect::destroy:
      return 2;
    case Effect::admin:
      return 3;
  }
  return 0;
}

bool strong(Proof proof) { return proof >= Proof::decoded; }

int ceiling(Environment environment, bool loses_something) {
  if (environment == Environment::development) return 2;
  return environment == Environment::staging || !loses_something ? 3 : 4;
}

int points(const Grant& grant, const Capability& capability, Environment environment) {
  int sum = base(grant.effect);
  const bool no_way_back = capability.undo == "none";
  sum += no_way_back ? 1 : 0;
  sum += capability.takes_backups ? 1 : 0;
  if (environment == Environment::production) ++sum;
  if (environment == Environment::unknown && strong(grant.proof)) ++sum;
  if (environment == Environment::development) --sum;
  return std::min(sum, ceiling(environment, grant.effect == Effect::destroy || no_way_back));
}

Severity severity_of(const Grant& grant, const Capability& capability, Environment environment) {
  if (grant.effect == Effect::read) return Severity::note;
  int sum = points(grant, capability, environment);
  if (grant.proof == Proof::documented) sum -= 1;
  if (grant.proof == Proof::assumed) sum -= 2;
  return static_cast<Severity>(std::clamp(sum, 1, 4));
}

/// Some other grant of the same token destroys backups where this one destroys their source.
bool backups_in_reach(const Grant& grant, const Powers& reach, const Provider& provider) {
  return std::any_of(reach.grants.begin(), reach.grants.end(), [&](const Grant& other) {
    const Capability* capability = provider.capability(other.capability);
    return other.effect == Effect::destroy && capability != nullptr &&
           capability->resource.find("backup") != std::string::npos && other.where.meets(grant.where);
  });
}

std::string effect_words(Effect effect) {
  switch (effect) {
    case Effect::admin:
      return "gives power to others";
    case Effect::secrets:
      return "reaches secret values";
    case Effect::exec:
      return "runs code or commands";
    case Effect::impersonate:
      return "acts as somebody else";
    case Effect::send:
      return "leaves the account";
    case Effect::spend:
      return "costs money";
    default:
      return {};
  }
}

std::string undo_words(const Capability& capability, Effect effect) {
  if (capability.undo == "none") return "cannot be undone";
  if (capability.reversible()) return "can be undone within " + capability.undo;
  return effect == Effect::destroy ? "no way back is documented" : "";
}

std::string environment_words(Environment environment, Proof proof) {
  if (environment != Environment::unknown) return std::string(to_string(environment));
  return strong(proof) ? "environment not known, counted as production" : "environment not known";
}

std::string proof_words(Proof proof) {
  switch (proof) {
    case Proof::proven:
      return "proven by the provider";
    case Proof::decoded:
      return "written in the token itself";
    case Proof::documented:
      return "documented for this kind of token";
    case Proof::assumed:
      break;
  }
  return "assumed: nothing says no";
}

std::vector<std::string> reasons(const Grant& grant, const Capability& capability, const Powers& reach,
                                 const Provider& provider, Environment environment) {
  std::vector<std::string> why = {effect_words(grant.effect), undo_words(capability, grant.effect)};
  if (grant.effect != Effect::read) why.push_back(environment_words(environment, grant.proof));
  if (capability.takes_backups) {
    why.push_back("the " + capability.resource + "'s backups die with it");
    if (backups_in_reach(grant, reach, provider)) why.push_back("no independent recovery path");
  }
  why.push_back(proof_words(grant.proof));
  std::erase(why, std::string());
  return why;
}

}  // namespace

Severity lower(Severity severity, int steps, Severity least) {
  return std::max(least, static_cast<Severity>(std::max(0, static_cast<int>(severity) - steps)));
}

Environment environment_of(const Grant& grant, const Powers& reach, Environment otherwise) {
  if (const std::string_view name = grant.where.get("environment"); !name.empty()) {
    const Environment named = environment_of(name);
    return named == Environment::unknown ? otherwise : named;
  }
  Environment found = Environment::unknown;
  for (const auto& [dimension, value] : grant.where.entries()) found = std::max(found, environment_of(value));
  if (found != Environment::unknown) return found;
  for (const Resource& resource : reach.resources) {
    const std::string_view place = resource.where.get("environment");
    const bool production =
        environment_of(resource.type == "environment" ? resource.name : place) == Environment::production;
    if (production && resource.where.meets(grant.where)) return Environment::production;
  }
  return otherwise;
}

Excess weigh_in(const Grant& grant, const Powers& reach, const Provider& provider, Environment otherwise) {
  const Capability* known = provider.capability(grant.capability);
  Capability capability = known != nullptr ? *known : Capability{};
  if (known == nullptr) capability.effect = grant.effect;
  const Environment environment = environment_of(grant, reach, otherwise);
  Excess out;
  out.grant = grant;
  out.title = capability.title.empty() ? grant.capability : capability.title;
  out.severity = severity_of(grant, capability, environment);
  out.reversible = capability.reversible();
  out.takes_backups = capability.takes_backups;
  out.why = reasons(grant, capability, reach, provider, environment);
  return out;
}

Excess weigh(const Grant& grant, const Powers& reach, const Provider& provider) {
  return weigh_in(grant, reach, provider, Environment::unknown);
}

}  // namespace overreach
