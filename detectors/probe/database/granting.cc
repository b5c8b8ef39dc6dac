#include "detectors/probe/database/granting.h"

#include <algorithm>

#include "detectors/probe/answer.h"
#include "detectors/probe/assemble.h"

namespace overreach {

void Granting::privilege(const std::string& privilege, const Where& where, Proof proof) {
  const std::string name = safe(privilege);
  powers_.scopes.insert(name);
  const auto it = provider_.grants.find(privilege);
  if (it == provider_.grants.end()) {
    powers_.unmapped.insert(name);
    return;
  }
  for (const std::string& id : provider_.expand(it->second)) capability(id, where, proof);
}

void Granting::capability(const std::string& id, const Where& where, Proof proof) {
  if (const Capability* found = provider_.capability(id))
    powers_.grants.push_back({.capability = id, .effect = found->effect, .where = where, .proof = proof});
}

void Granting::resource(std::string_view type, std::string_view name, const Where& where) {
  powers_.resources.push_back({.type = std::string(type), .id = safe(name), .name = {}, .where = where});
}

std::string Granting::safe(std::string_view text) const { return tidy(forms_.removed_from(text)); }

Powers Granting::finish() && {
  settle(powers_.grants);
  std::sort(powers_.resources.begin(), powers_.resources.end());
  powers_.resources.erase(std::unique(powers_.resources.begin(), powers_.resources.end()), powers_.resources.end());
  return std::move(powers_);
}

}  // namespace overreach
