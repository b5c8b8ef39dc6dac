// Policies that stop the excess.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "detectors/model/finding.h"
#include "reports/gate/plan.h"
#include "rules/catalog/catalog.h"
#include "scanner/base/result.h"

namespace overreach {

/// A file a gate writer wants to write, relative to the gates directory.
struct GateFile {
  std::string path;  // "claude-code/settings.json", "cedar/policy.cedar"
  std::string content;
};

/// The gate files for those findings that need one; empty when none does. Fills
/// Finding::gates of the findings they cover; GateRef::path is relative to the gates
/// directory. Deterministic, and never a credential in any of them.
std::vector<GateFile> make_gates(std::span<Finding> findings, const Catalog& catalog);
std::vector<GateFile> make_gates(std::span<Finding> findings, const ProviderLookup& lookup);

/// Writes them under `directory`, which must be empty, absent or written by overreach
/// before, mode 0644, each file at once or not at all. Follows no symbolic link. Never
/// edits a user's file in place. Returns the paths written.
Result<std::vector<std::string>> write_gates(const std::filesystem::path& directory, std::span<const GateFile> files);

}  // namespace overreach
