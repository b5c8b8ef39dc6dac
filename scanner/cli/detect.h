// From bytes to tokens.
#pragma once

#include <vector>

#include "detectors/model/token.h"
#include "rules/catalog/catalog.h"
#include "scanner/cli/stages.h"
#include "scanner/cli/workspace.h"

namespace overreach {

/// Scans the workspace and returns its distinct credentials, sorted, with every site.
std::vector<Token> detect(const Workspace& workspace, const Catalog& catalog, unsigned workers, Tally& tally,
                          Stages& stages);

}  // namespace overreach
