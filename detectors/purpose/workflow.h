// CI files: GitHub workflows and composite actions, GitLab pipelines.
#pragma once

#include <string>
#include <string_view>

#include "detectors/purpose/document.h"
#include "detectors/purpose/facts.h"

namespace overreach::purpose {

void take_workflow(const Document& root, FileFacts& out);
void take_composite_action(const Document& root, FileFacts& out);
void take_gitlab(const Document& root, FileFacts& out);

/// `${{ secrets.X }}`, `${{ env.X }}` and text; other expressions are unknown.
Value ci_value(std::string_view text, std::uint32_t line);
/// The same for a script: expressions become shell variables that extract_shell knows.
std::string ci_script(std::string_view text);
/// `${X}`, `$X`, `${X:-y}` of compose files and the like.
Value interpolated(std::string_view text, std::uint32_t line);

/// Adds NAME = value in an environment scope.
void bind_environment(FileFacts& out, const std::string& scope, const std::string& name, Value value,
                      std::uint32_t line);

}  // namespace overreach::purpose
