// Hand-built findings that every writer is tried on.
#pragma once

#include <string>
#include <vector>

#include "detectors/model/finding.h"
#include "reports/format/report.h"

namespace overreach::samples {

/// The planted secret of a sample; no output may hold it in any form. Made up of words, so that
/// it has no provider's shape.
std::string planted(std::string_view name);

Finding railway();       // PocketOS: made for domains, reaches the production volume, proven
Finding dead();          // the provider answers 401
Finding not_probed();    // documented upper bound only
Finding unknown();       // the provider answered HTML
Finding fitting();       // a staging token used for staging, with an owner's declaration
Finding history_only();  // committed, removed again; a multi-line key

std::vector<Finding> all();  // worst first
ScanSummary summary();       // a probed scan of a tree with two skipped files

}  // namespace overreach::samples
