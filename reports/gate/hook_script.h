// The PreToolUse hook as one self-contained script.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "reports/gate/plan.h"

namespace overreach {

/// claude-code/deny-destructive.sh: reads a PreToolUse event on standard input and exits
/// with 2 when it carries a denied operation, or when it cannot tell. POSIX sh and awk.
std::string hook_script(std::span<const GatePlan> plans);

}  // namespace overreach
