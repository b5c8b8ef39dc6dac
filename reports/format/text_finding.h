// One finding as text.
#pragma once

#include "detectors/model/finding.h"
#include "reports/format/page.h"
#include "reports/format/report.h"

namespace overreach {

/// Writes the finding like a compiler diagnostic: where, what, needs, can, excess, fix, gates.
void write_finding(Page& page, const Finding& finding, const ScanSummary& summary, const TextStyle& style);

/// Writes what the credential of the finding is and what it can do.
void write_credential(Page& page, const Finding& finding, const TextStyle& style);

/// The colour of a severity.
Ink ink_of(Severity severity);

/// "overreach scan services/api --probe": safe to paste, so a root with odd characters is PATH.
std::string scan_command(const ScanSummary& summary, std::string_view flags);

}  // namespace overreach
