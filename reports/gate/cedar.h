// Policies in Cedar, for gateways that decide call by call.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reports/gate/plan.h"

namespace overreach {

/// Longest life of an approval, counted from the decision.
inline constexpr int kReceiptSeconds = 900;

/// The action of an operation or a capability: `Overreach::Action::"railway/mutation volumeDelete"`.
std::string cedar_action(std::string_view provider, std::string_view text);

/// cedar/policy.cedar.
std::string cedar_policy(std::span<const GatePlan> plans);

/// cedar/schema.cedarschema: the entities, the context and one action for each operation,
/// grouped by capability. cedar_policy() validates against it in strict mode.
std::string cedar_schema(std::span<const GatePlan> plans);

/// What the policy does not stop, in sentences.
std::vector<std::string> cedar_not_covered(const GatePlan& plan);

}  // namespace overreach
