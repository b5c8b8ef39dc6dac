#include "detectors/verdict/coverage.h"

#include <algorithm>

namespace overreach {
namespace {

bool is_test_path(std::string_view path) {
  for (const std::string_view part : {"test", "spec", "fixture", "mock", "example"})
    if (path.find(part) != std::string_view::npos) return true;
  return false;
}

std::string_view resource_of(const Capability* capability) {
  return capability == nullptr ? std::string_view() : std::string_view(capability->resource);
}

/// The need reaches as far as the grant. A reach that is told by places says how finely the provider can cut: a
/// dimension it does not have (a service within an environment) cannot make the grant too wide.
bool as_wide(const Where& need, const Where& grant) {
  if (grant.everywhere()) return need.everywhere();
  return std::all_of(need.entries().begin(), need.entries().end(), [&](const auto& entry) {
    const std::string_view place = grant.get(entry.first);
    return place.empty() || place == entry.second;
  });
}

}  // namespace

Coverage::Coverage(const Need& need, const Provider& provider) : provider_(provider) {
  for (const NeededGrant& grant : need.grants) {
    const Capability* capability = provider.capability(grant.capability);
    Entry entry{&grant, provider.expand({grant.capability}), resource_of(capability)};
    (grant.confidence >= Confidence::likely ? strong_ : weak_).push_back(std::move(entry));
  }
}

bool Coverage::asks_for(const Entry& entry, const Grant& grant) {
  return std::binary_search(entry.capabilities.begin(), entry.capabilities.end(), grant.capability) &&
         as_wide(entry.need->where, grant.where);
}

bool Coverage::covers(const Grant& grant) const {
  const Capability* capability = provider_.capability(grant.capability);
  return std::any_of(strong_.begin(), strong_.end(), [&](const Entry& entry) {
    if (asks_for(entry, grant)) return true;
    return grant.effect == Effect::read && capability != nullptr && !capability->resource.empty() &&
           capability->resource == entry.resource && as_wide(entry.need->where, grant.where);
  });
}

std::string Coverage::weak_reason(const Grant& grant) const {
  const auto it = std::find_if(weak_.begin(), weak_.end(), [&](const Entry& entry) { return asks_for(entry, grant); });
  if (it == weak_.end()) return {};
  const auto& evidence = it->need->evidence;
  const bool test = !evidence.empty() && is_test_path(evidence.back().path);
  return test ? "only a test uses it" : "only a name or a document points to it";
}

}  // namespace overreach
