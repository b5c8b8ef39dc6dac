#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <thread>

#include "detectors/identify/identify.h"
#include "detectors/verdict/judge.h"
#include "reports/format/report.h"
#include "reports/gate/gate.h"
#include "scanner/cli/asking.h"
#include "scanner/cli/clock.h"
#include "scanner/cli/commands.h"
#include "scanner/cli/detect.h"
#include "scanner/cli/ignoring.h"
#include "scanner/cli/progress.h"
#include "scanner/cli/scan.h"
#include "scanner/cli/stages.h"
#include "scanner/cli/terminal.h"
#include "scanner/cli/work_done.h"
#include "scanner/cli/workspace.h"

namespace overreach {
namespace {

unsigned worker_count(const ScanOptions& options) {
  return options.threads != 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
}

/// What a report says about the repository.
void add_repository(ScanSummary& summary, const Workspace& workspace) {
  if (workspace.repository() == nullptr) return;
  const RepositoryFacts facts = facts_of(*workspace.repository());
  summary.revision = facts.revision;
  summary.branch = facts.branch;
  summary.repository_url = facts.url;
  if (facts.shallow && summary.mode == "history") {
    summary.notices.push_back("this is a shallow clone: older commits were not scanned; run 'git fetch --unshallow'");
    summary.skipped.push_back({".git/shallow", "older commits are not in this clone", true});
  }
}

ScanSummary summarise(const Workspace& workspace, const Catalog& catalog, const Tally& tally, const Options& options) {
  ScanSummary summary;
  summary.version = OVERREACH_VERSION;
  summary.rules_version = std::string(catalog.version());
  summary.root = options.scan.paths.size() == 1 ? options.scan.paths[0] : ".";
  summary.mode = workspace.mode();
  summary.files = tally.files;
  summary.blobs = tally.blobs;
  summary.cached = tally.cached;
  summary.commits = tally.commits;
  summary.bytes = tally.bytes;
  summary.skipped = tally.skipped();
  summary.probed = options.network.mode == "live";
  summary.gates_dir = options.output.gates;
  summary.notices = workspace.notices();
  add_repository(summary, workspace);
  return summary;
}

bool at_gate(const Finding& finding, const OutputOptions& output) {
  if (output.never_fail || finding.muted) return false;
  const auto counts = [&](const Remark& remark) { return remark.severity >= output.fail_on; };
  return (finding.severity >= output.fail_on && finding.verdict != Verdict::fits) ||
         std::any_of(finding.remarks.begin(), finding.remarks.end(), counts);
}

bool unanswered(const Finding& finding, const ScanSummary& summary) {
  return summary.probed && !finding.muted && std::holds_alternative<Unknown>(finding.reach);
}

/// 1 before 3 before 4: a proven finding is the first thing to mend; a credential that could not be
/// asked counts as unprobed, not as a finding.
ExitCode exit_code(std::span<const Finding> findings, const ScanSummary& summary, const OutputOptions& output) {
  bool unprobed = false;
  for (const Finding& finding : findings) {
    if (unanswered(finding, summary))
      unprobed = true;
    else if (at_gate(finding, output))
      return ExitCode::findings;
  }
  const bool incomplete =
      std::any_of(summary.skipped.begin(), summary.skipped.end(), [](const Skipped& s) { return s.incomplete; });
  return incomplete ? ExitCode::incomplete : unprobed ? ExitCode::unprobed : ExitCode::clean;
}

/// Writes one report to a file, or to standard output for "-". A report is never half there: the file
/// appears under its name when it is complete.
template <class Write>
void write_report(const std::string& path, Write write) {
  if (path == "-") {
    write(std::cout);
    std::cout.flush();
    return;
  }
  std::error_code error;
  if (std::filesystem::exists(path, error) && !std::filesystem::is_regular_file(path, error)) {
    std::ofstream device(path, std::ios::binary | std::ios::app);  // /dev/stderr, a pipe
    write(device);
    if (!device.flush()) throw UsageError("cannot write " + path);
    return;
  }
  const std::string temporary = path + ".tmp";
  {
    std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
    write(file);
    file.flush();
    if (!file) throw UsageError("cannot write " + path);
  }
  if (std::rename(temporary.c_str(), path.c_str()) != 0) throw UsageError("cannot write " + path);
}

/// A hook that has nothing to say says nothing.
bool silent(std::span<const Finding> findings, const ScanSummary& summary, const Options& options) {
  const bool hook = options.scan.staged || options.scan.pre_push;
  const bool nothing = findings.empty() && summary.exit_code == 0 && summary.notices.empty();
  return options.output.quiet || (hook && nothing && !options.output.verbose);
}

void write_reports(std::span<const Finding> findings, const ScanSummary& summary, const Options& options) {
  const OutputOptions& output = options.output;
  if (!output.json.empty()) write_report(output.json, [&](std::ostream& out) { write_json(out, findings, summary); });
  if (!output.sarif.empty())
    write_report(output.sarif, [&](std::ostream& out) { write_sarif(out, findings, summary); });
  const bool taken = output.json == "-" || output.sarif == "-";
  const std::string text = !output.text.empty() ? output.text : "-";
  if (!(taken && text == "-") && !(silent(findings, summary, options) && output.text.empty()))
    write_report(text, [&](std::ostream& out) { write_text(out, findings, summary, terminal_style(output)); });
}

std::vector<Finding> judge_all(std::vector<Token> tokens, std::vector<Reach> reach, std::vector<Need> needs,
                               const Catalog& catalog) {
  std::vector<Finding> findings;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Provider& provider = *catalog.find(tokens[i].provider);
    findings.push_back(judge(std::move(tokens[i]), std::move(reach[i]), std::move(needs[i]), provider));
  }
  sort_findings(findings);
  return findings;
}

/// Paths of gates as the reader can open them; none where nothing was written.
void place_gates(std::vector<Finding>& findings, const std::string& directory) {
  for (Finding& finding : findings)
    for (GateRef& gate : finding.gates)
      gate.path = directory.empty() ? "" : (std::filesystem::path(directory) / gate.path).generic_string();
}

void make_and_write_gates(std::vector<Finding>& findings, const Catalog& catalog, const std::string& directory,
                          ScanSummary& summary) {
  const std::vector<GateFile> files = make_gates(findings, catalog);
  place_gates(findings, directory);
  if (directory.empty()) return;
  if (files.empty()) {
    summary.notices.push_back("no gate was written: no finding needs one");
    return;
  }
  const Result<std::vector<std::string>> written = write_gates(directory, files);
  if (!written) throw UsageError(written.error().message);
}

/// A declaration for a credential that is not there. A scan of a part cannot know that.
void add_stale(std::span<const Declaration> stale, ScanSummary& summary) {
  if (summary.mode != "tree" && summary.mode != "history") return;
  for (const Declaration& declaration : stale)
    summary.notices.push_back(declaration.path + ":" + std::to_string(declaration.line) + " declares what " +
                              declaration.credential + " is for, and no credential that was found is called so");
}

/// What the process has cost so far.
double processor_milliseconds() {
  timespec spent{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) * 1e3 + static_cast<double>(spent.tv_nsec) / 1e6;
}

}  // namespace

std::vector<Declaration> declared_purposes(const Workspace& workspace, const std::string& config) {
  const bool named = !config.empty();
  const std::string path = named ? config : (workspace.root() / "overreach.yaml").string();
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    if (named) throw UsageError("cannot read the configuration file " + path);
    return {};
  }
  std::ostringstream text;
  text << file.rdbuf();
  return read_declarations(named ? path : "overreach.yaml", text.str(), utc_now("%Y-%m-%d"));
}

std::vector<Token> find_tokens(const Options& options, const Workspace& workspace, const Catalog& catalog, Tally& tally,
                               Stages& stages) {
  const auto begun = std::chrono::steady_clock::now();
  const Progress progress(!options.output.quiet,
                          [&] { return progress_line(tally, std::chrono::steady_clock::now() - begun); });
  std::vector<Token> tokens = detect(workspace, catalog, worker_count(options.scan), tally, stages);
  if (catalog.depth() == Depth::usual)  // that a token is public may show only when it is decoded
    std::erase_if(tokens, [](const Token& token) { return token.sensitivity == "publishable"; });
  return tokens;
}

Scanned judge_tokens(std::vector<Token> tokens, std::span<const Declaration> declared, const Options& options,
                     const Workspace& workspace, const Catalog& catalog, const Tally& tally, Stages& stages) {
  std::vector<Need> needs = stages.time("purpose", [&] {
    if (tokens.empty()) return std::vector<Need>();  // then the code is not even listed
    return infer_needs(tokens, catalog, *workspace.code(), declared, worker_count(options.scan));
  });
  std::vector<Reach> reach =
      stages.time("reach", [&] { return reaches(tokens, catalog, options.network, options.output.quiet); });
  const std::vector<Declaration> stale = stale_declarations(declared, tokens, needs);
  Scanned scanned;
  scanned.findings = judge_all(std::move(tokens), std::move(reach), std::move(needs), catalog);
  mute(scanned.findings, workspace.ignore());
  scanned.summary = summarise(workspace, catalog, tally, options);
  summarise_ignored(workspace.ignore(), scanned.findings, scanned.summary);
  add_stale(stale, scanned.summary);
  return scanned;
}

ExitCode scan_command(const Options& options) {
  Stages stages;
  stages.add("start (processor time: libraries, options)", processor_milliseconds());
  const Workspace workspace = stages.time("open", [&] { return Workspace(options.scan); });
  const Catalog catalog = stages.time("rules", [&] {
    return Catalog(options.rules.directory, options.rules.trust_probes, {checksum_names(), decoder_names()},
                   options.scan.thorough ? Depth::thorough : Depth::usual);
  });
  check_providers(options.network, catalog);
  const std::vector<Declaration> declared = declared_purposes(workspace, options.scan.config);

  Tally tally;
  std::vector<Token> tokens = find_tokens(options, workspace, catalog, tally, stages);
  if (options.network.mode == "plan") {
    print_plan(tokens, catalog, options.network);
    return ExitCode::clean;
  }
  auto [findings, summary] = judge_tokens(std::move(tokens), declared, options, workspace, catalog, tally, stages);
  make_and_write_gates(findings, catalog, options.output.gates, summary);
  const ExitCode code = exit_code(findings, summary, options.output);
  summary.exit_code = static_cast<int>(code);
  stages.time("report",
              [&findings = findings, &summary = summary, &options] { write_reports(findings, summary, options); });
  if (options.output.stats) {
    std::cerr << "stages\n";
    stages.print(std::cerr);
    std::cerr << "work\n";
    print_work(std::cerr, tally);
  }
  return code;
}

}  // namespace overreach
