// Writers over findings. They see masked values only.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <span>
#include <string>
#include <vector>

#include "detectors/model/finding.h"
#include "scanner/source/source.h"

namespace overreach {

/// What an ignore file left out, said even when it is nothing the reader asked about.
struct IgnoredSummary {
  std::string file;                 // ".overreachignore"; empty when there is none
  std::uint64_t paths_skipped = 0;  // a directory is one
  std::uint64_t findings_muted = 0;
};

/// What a scan did, for the report's head and foot.
struct ScanSummary {
  std::string version;  // of the tool
  std::string rules_version;
  std::string root;  // as the user named it, no absolute path is made up
  std::string mode;  // "tree", "staged", "range", "history", "stdin"
  std::uint64_t files = 0, blobs = 0, commits = 0, bytes = 0;
  std::uint64_t cached = 0;      // of the blobs, those that an earlier scan has read
  std::vector<Skipped> skipped;  // sorted
  IgnoredSummary ignored;
  bool probed = false;
  std::string revision;  // HEAD commit, empty outside git
  std::string branch;
  std::string repository_url;  // without credentials, empty if unknown
  std::string gates_dir;       // empty when --gates was not given
  int exit_code = 0;
  std::vector<std::string> notices;  // sentences about the run itself (probe failures, shallow clone)
};

struct TextStyle {
  bool colour = false;
  bool unicode = true;
  bool links = false;    // OSC 8
  unsigned width = 100;  // columns
  bool verbose = false;  // every site and every grant
};

/// Compiler-like text for people.
void write_text(std::ostream& out, std::span<const Finding> findings, const ScanSummary& summary,
                const TextStyle& style);

/// What each credential is and what it can do, without a word about a purpose: for one that was not found in code.
void write_credentials(std::ostream& out, std::span<const Finding> findings, const TextStyle& style);

/// reports/schema/report.schema.json.
void write_json(std::ostream& out, std::span<const Finding> findings, const ScanSummary& summary);

/// SARIF 2.1.0 within the limits of code scanning.
void write_sarif(std::ostream& out, std::span<const Finding> findings, const ScanSummary& summary);

}  // namespace overreach
