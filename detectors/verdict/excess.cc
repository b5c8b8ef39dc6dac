#include <algorithm>
#include <tuple>

#include "detectors/verdict/coverage.h"
#include "detectors/verdict/judge.h"
#include "detectors/verdict/weigh.h"

namespace overreach {
namespace {

/// Worst first; of equals the stronger effect, then the loss of backups, then the most definite place (a named volume
/// before the project around it), then by name.
bool worse(const Excess& a, const Excess& b) {
  const std::size_t a_places = a.grant.where.entries().size();
  const std::size_t b_places = b.grant.where.entries().size();
  return std::tie(b.severity, b.grant.effect, b.takes_backups, b.grant.proof, b_places, a.grant) <
         std::tie(a.severity, a.grant.effect, a.takes_backups, a.grant.proof, a_places, b.grant);
}

}  // namespace

std::vector<Excess> excess_in(const Powers& reach, const Need& need, const Provider& provider, Environment otherwise) {
  const Coverage coverage(need, provider);
  std::vector<Excess> out;
  for (const Grant& grant : reach.grants) {
    if (coverage.covers(grant)) continue;
    out.push_back(weigh_in(grant, reach, provider, otherwise));
    if (std::string reason = coverage.weak_reason(grant); !reason.empty()) out.back().why.push_back(std::move(reason));
  }
  std::sort(out.begin(), out.end(), worse);
  return out;
}

std::vector<Excess> excess(const Powers& reach, const Need& need, const Provider& provider) {
  return excess_in(reach, need, provider, Environment::unknown);
}

}  // namespace overreach
