// Permission rules of Claude Code: `Bash(glob)` and `Read(pattern)`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reports/gate/plan.h"

namespace overreach {

/// True when the glob, in which `*` stands for any run of characters, matches all of `text`.
bool glob_matches(std::string_view glob, std::string_view text);

/// `Bash(...)` rules for the denied operations, sorted and unique. A glob that would also
/// stop an allowed operation is left out; the hook, which reads words, covers it.
std::vector<std::string> bash_rules(const GatePlan& plan);

/// Denied operations of which bash_rules() misses some spelling, as the provider file has them.
std::vector<std::string> without_rule(const GatePlan& plan);

/// `Read(...)` rules for one path of a finding or a store. Anchored so that they hold
/// wherever the settings file lies: `~/`, `//` and `**/`, never a single `/`, which
/// Claude Code reads as relative to the settings file.
std::vector<std::string> read_rules(std::string_view path);

}  // namespace overreach
