// What stands in an answer: resources, scopes, expiry.
#pragma once

#include "detectors/probe/conversation.h"

namespace overreach {

/// Adds the resources of `answer` to `items`. `around` is the item the step was asked for, or null.
void collect_resources(const ProbeStep& step, const nlohmann::json& answer, const Item* around, const Session& session,
                       std::vector<Item>& items);

/// The scopes that `answer` names. nullopt when none of the sources is there.
std::optional<std::vector<NamedScope>> collect_scopes(const ProbeStep& step, const Answer& answer, const Item* around,
                                                      const Session& session);

/// ISO 8601, "never", or empty when the answer does not say. `now`: seconds since 1970.
std::string collect_expiry(const ExpirySource& source, const Answer& answer, std::int64_t now);

}  // namespace overreach
