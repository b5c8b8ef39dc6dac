// Settings for Claude Code.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "reports/gate/plan.h"

namespace overreach {

/// claude-code/settings.json: permissions and sandbox. Arrays of strings, sorted; ends with a newline.
std::string claude_settings(std::span<const GatePlan> plans);

/// claude-code/hook-stanza.json: the PreToolUse hook that runs the script of hook_script().
std::string claude_hook_stanza();

/// What the settings and the hook together do not stop, for this plan, in sentences.
std::vector<std::string> claude_not_covered(const GatePlan& plan);

/// The capabilities of the plan that some rule or the hook stops, sorted.
std::vector<std::string> claude_covers(const GatePlan& plan);

}  // namespace overreach
