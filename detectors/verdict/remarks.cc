#include "detectors/verdict/remarks.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "detectors/verdict/wording.h"

namespace overreach {
namespace {

using Words = std::vector<std::string>;
using Kind = Remark::Kind;

constexpr std::size_t kNamed = 4;
constexpr std::size_t kMostEvidence = 6;

template <class Part>
std::set<std::string> distinct(const std::vector<Setting>& settings, Part part) {
  std::set<std::string> out;
  for (const Setting& setting : settings)
    if (!setting.aside && !(setting.*part).empty()) out.insert(setting.*part);
  return out;
}

/// One line for each value of `part`, so that a reader sees both sides.
template <class Part>
void add_evidence(const std::vector<Setting>& settings, Part part, Remark& remark) {
  std::set<std::string> seen;
  for (const Setting& setting : settings)
    if (!(setting.*part).empty() && remark.evidence.size() < kMostEvidence && seen.insert(setting.*part).second)
      remark.evidence.push_back(setting.at);
}

std::string named(const std::set<std::string>& words) { return list(Words(words.begin(), words.end()), kNamed); }

bool is_for_production(const Finding& finding) {
  if (finding.token.environment != Environment::unknown) return finding.token.environment == Environment::production;
  const auto* live = std::get_if<Live>(&finding.reach);
  if (live != nullptr && !live->powers.grants.empty())
    return std::all_of(live->powers.grants.begin(), live->powers.grants.end(), [](const Grant& grant) {
      return environment_of(grant.where.get("environment")) == Environment::production;
    });
  const Words& names = finding.need.names;
  return !names.empty() && std::all_of(names.begin(), names.end(), [](const std::string& name) {
    return environment_of(name) == Environment::production;
  });
}

/// Tests, and jobs or files that say staging or development.
bool is_elsewhere(const Setting& setting) {
  const Environment environment = environment_of(setting.environment);
  return setting.aside || environment == Environment::staging || environment == Environment::development;
}

void add_orphan(const Finding& finding, std::vector<Remark>& out) {
  const Need& need = finding.need;
  if (!need.grants.empty() || need.declared || need.confidence != Confidence::low) return;
  out.push_back({Kind::orphan,
                 Severity::low,
                 fmt::format("No code uses it: none of the {} source files that were read does.", need.files_read),
                 "Revoke it.",
                 {}});
}

void add_shared(const Finding& finding, std::vector<Remark>& out) {
  const std::set<std::string> environments = distinct(finding.need.settings, &Setting::environment);
  const std::set<std::string> services = distinct(finding.need.settings, &Setting::service);
  if (environments.size() < 2 && services.size() < 2) return;
  Remark remark{Kind::shared, Severity::low, "It is shared: ", "", {}};
  if (environments.size() > 1) {
    remark.text += "the environments " + named(environments);
    add_evidence(finding.need.settings, &Setting::environment, remark);
  }
  if (services.size() > 1) {
    remark.text += (environments.size() > 1 ? ", and the services " : "the services ") + named(services);
    add_evidence(finding.need.settings, &Setting::service, remark);
  }
  remark.text += " use one credential, so whoever gets it in one has it in all.";
  remark.advice = environments.size() > 1 ? "Make one for each environment." : "Make one for each service.";
  out.push_back(std::move(remark));
}

void add_crossing(const Finding& finding, std::vector<Remark>& out) {
  const std::vector<Setting>& settings = finding.need.settings;
  if (settings.empty() || !is_for_production(finding)) return;
  if (!std::all_of(settings.begin(), settings.end(), is_elsewhere)) return;
  Remark remark{Kind::crosses_environments,
                Severity::medium,
                "It is for production, and only tests, staging or development use it.",
                "Make one that reaches no production for them, and revoke this one.",
                {}};
  for (const Setting& setting : settings)
    if (remark.evidence.size() < kMostEvidence) remark.evidence.push_back(setting.at);
  out.push_back(std::move(remark));
}

void add_declared(const Finding& finding, std::vector<Remark>& out) {
  if (!finding.need.declared) return;
  const Declaration& declared = *finding.need.declared;
  const std::vector<Evidence> at = {
      {declared.path, declared.line, "", "declares what " + declared.credential + " is for"}};
  const std::string place = fmt::format("{}:{}", declared.path, declared.line);
  if (declared.expired) {
    out.push_back({Kind::declaration_expired, Severity::low,
                   fmt::format("What {} declares for it counted until {}.", place, declared.expires),
                   "Declare it again, or take it out.", at});
    return;
  }
  if (!declared.wider.empty())
    out.push_back({Kind::declared_wider, Severity::note,
                   fmt::format("{} declares {} for it, and no code that was read does that.", place,
                               list(declared.wider, kNamed)),
                   "Take out of the declaration what is not needed any more.", at});
  if (!declared.narrower.empty())
    out.push_back(
        {Kind::declared_narrower, Severity::medium,
         fmt::format("Code uses it for {}, which {} does not declare.", list(declared.narrower, kNamed), place),
         "Declare it, or stop the code from doing it.", at});
}

}  // namespace

std::vector<Remark> remarks_on(const Finding& finding) {
  std::vector<Remark> out;
  if (std::holds_alternative<Dead>(finding.reach)) return out;
  add_orphan(finding, out);
  add_shared(finding, out);
  add_crossing(finding, out);
  add_declared(finding, out);
  const Severity most = finding.token.sensitivity == "publishable" ? Severity::note
                        : finding.token.sensitivity == "test"      ? Severity::low
                                                                   : Severity::critical;
  for (Remark& remark : out) remark.severity = std::min(remark.severity, most);
  std::stable_sort(out.begin(), out.end(), [](const Remark& a, const Remark& b) { return a.kind < b.kind; });
  return out;
}

}  // namespace overreach
