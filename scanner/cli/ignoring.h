// .overreachignore, applied to a scan.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "detectors/identify/identify.h"
#include "detectors/model/finding.h"
#include "reports/format/report.h"
#include "scanner/source/ignore_file.h"
#include "scanner/source/source.h"

namespace overreach {

constexpr std::string_view kIgnoreFile = ".overreachignore";

/// The file ".overreachignore" in `root`; no rules when there is none. Throws UsageError when it cannot be read or a
/// line of it makes no sense.
IgnoreFile read_ignore_file(const std::filesystem::path& root);

/// Passes on what is not skipped. Origins of the index and of commits that are skipped are taken away; a blob without
/// any left is counted and not passed on. Both arguments must outlive the result. Thread-safe.
Sink without_skipped(const Sink& sink, const IgnoreFile& ignore);

/// The same for the history, whose blobs have their paths only afterwards: takes away sites that are skipped, and
/// sightings without a site.
void drop_skipped(std::vector<Sighting>& sightings, const IgnoreFile& ignore);

/// Turns findings into notes that stand nowhere but where a rule applies. The order is that of severity again.
void mute(std::vector<Finding>& findings, const IgnoreFile& ignore);

/// Says what was left out: in numbers, and each rule that did so among the skipped.
void summarise_ignored(const IgnoreFile& ignore, std::span<const Finding> findings, ScanSummary& summary);

}  // namespace overreach
