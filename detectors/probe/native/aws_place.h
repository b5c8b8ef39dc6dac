// From an ARN pattern to a place of ours.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "detectors/model/capability.h"

namespace overreach {

/// Where `action`, which gives `capability`, holds when a policy allows it on `pattern`. Nothing when the pattern names
/// resources of another kind, on which the action has no effect: a bucket for an action on objects, an instance for
/// one on volumes. `account` is the caller's own.
std::optional<Where> aws_place(std::string_view action, const Capability& capability, std::string_view pattern,
                               std::string_view account);

}  // namespace overreach
