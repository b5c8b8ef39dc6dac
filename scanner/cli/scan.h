// The steps of a scan that other commands take too.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "detectors/model/finding.h"
#include "reports/format/report.h"
#include "rules/catalog/catalog.h"
#include "scanner/cli/options.h"
#include "scanner/cli/stages.h"
#include "scanner/cli/workspace.h"
#include "scanner/source/source.h"

namespace overreach {

/// Findings, worst first, and what was scanned for them.
struct Scanned {
  std::vector<Finding> findings;
  ScanSummary summary;  // without an exit code
};

/// The owner's word. An overreach.yaml in the scanned repository can declare purposes, nothing else; `config` names
/// another file. Throws UsageError when it cannot be read or is wrong.
std::vector<Declaration> declared_purposes(const Workspace& workspace, const std::string& config);

/// Reads everything that `options.scan` names. Progress is shown on a terminal unless --quiet.
std::vector<Token> find_tokens(const Options& options, const Workspace& workspace, const Catalog& catalog, Tally& tally,
                               Stages& stages);

/// What the tokens are for, what they can do (asking whom `options.network` says), and the verdicts.
Scanned judge_tokens(std::vector<Token> tokens, std::span<const Declaration> declared, const Options& options,
                     const Workspace& workspace, const Catalog& catalog, const Tally& tally, Stages& stages);

}  // namespace overreach
