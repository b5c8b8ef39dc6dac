// The read-only conversation with a provider, as data.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace overreach {

/// One request, and what its answer means.
struct ProbeStep {
  std::string id;
};

/// What to ask. No steps: this provider cannot be asked.
struct ProbeSpec {
  std::vector<ProbeStep> steps;
  bool empty() const { return steps.empty(); }
};

/// Reads the `probe` member of a provider file that has passed the schema.
ProbeSpec probe_from_json(const nlohmann::json& json);

}  // namespace overreach
