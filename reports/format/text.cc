#include <fmt/format.h>

#include <algorithm>

#include <array>
#include <ostream>

#include "reports/format/page.h"
#include "reports/format/report.h"
#include "reports/format/text_finding.h"
#include "reports/format/words.h"

namespace overreach {
namespace {

constexpr std::size_t kSkippedShown = 10;

/// "5 credentials: 1 overreach, 2 may-overreach, 2 fits", worst first.
std::string verdict_counts(std::span<const Finding> findings) {
  std::array<std::size_t, 5> counts{};
  for (const Finding& f : findings) ++counts[static_cast<std::size_t>(f.verdict)];
  std::vector<std::string> parts;
  for (std::size_t i = counts.size(); i-- > 0;)
    if (counts[i] > 0) parts.push_back(fmt::format("{} {}", counts[i], to_string(static_cast<Verdict>(i))));
  return fmt::format("{}: {}", count_of(findings.size(), "credential"), joined(parts, parts.size()));
}

Severity worst_of(std::span<const Finding> findings) {
  Severity worst = Severity::note;
  for (const Finding& f : findings) worst = std::max(worst, f.severity);
  return worst;
}

/// What could not be read is always named; what was left out on purpose only when asked.
void write_skipped(Page& page, const ScanSummary& summary, const TextStyle& style) {
  std::size_t unread = 0, shown = 0;
  for (const Skipped& s : summary.skipped) {
    if (s.incomplete) ++unread;
    if (!style.verbose && (!s.incomplete || shown >= kSkippedShown)) continue;
    ++shown;
    page.heading(std::vector<Piece>{
        {.text = s.incomplete ? "not read: " : "skipped: ", .ink = s.incomplete ? Ink::yellow : Ink::dim},
        {.text = s.path, .whole = true},
        {.text = ": " + s.reason}});
  }
  if (unread > kSkippedShown && !style.verbose)
    page.heading(std::vector<Piece>{
        {.text = fmt::format("not read: {} more (--verbose names them)", unread - shown), .ink = Ink::yellow}});
}

/// Said whenever there is such a file: it comes with the repository, and nobody is to be calmed by it unknowingly.
void write_ignored(Page& page, const IgnoredSummary& ignored) {
  if (ignored.file.empty()) return;
  page.heading(
      std::vector<Piece>{{.text = fmt::format("{} skipped and {} muted by ", count_of(ignored.paths_skipped, "path"),
                                              count_of(ignored.findings_muted, "finding"))},
                         {.text = ignored.file, .whole = true},
                         {.text = " (--no-ignore-file reads and counts them)"}});
}

void write_summary(Page& page, std::span<const Finding> findings, const ScanSummary& summary) {
  const bool nothing_read = summary.bytes == 0 && summary.files == 0 && summary.blobs == 0;
  std::vector<Piece> pieces;
  if (!findings.empty())
    pieces.push_back({.text = verdict_counts(findings), .ink = ink_of(worst_of(findings))});
  else if (nothing_read)
    pieces.push_back({.text = "nothing was read, so nothing can be said", .ink = Ink::yellow});
  else
    pieces.push_back({.text = "no credential found", .ink = incomplete(summary) ? Ink::yellow : Ink::green});
  pieces.push_back({.text = fmt::format(" (scanned {}: {})", summary.mode.empty() ? "input" : summary.mode,
                                        scanned_words(summary))});
  if (incomplete(summary)) pieces.push_back({.text = "; incomplete, see above", .ink = Ink::yellow});
  page.heading(pieces);
}

/// The one command that helps most now; empty when there is none.
std::string next_command(std::span<const Finding> findings, const ScanSummary& summary) {
  bool unasked = false, gate = false;
  for (const Finding& f : findings) {
    unasked = unasked || std::holds_alternative<NotProbed>(f.reach);
    const auto written = [](const GateRef& ref) { return !ref.path.empty(); };
    gate = gate || (f.fix.needs_gate && std::none_of(f.gates.begin(), f.gates.end(), written));
  }
  if (unasked && !summary.probed) return scan_command(summary, "--probe=plan");
  if (gate && summary.gates_dir.empty())
    return scan_command(summary, summary.probed ? "--probe --gates DIR" : "--gates DIR");
  if (!findings.empty()) return "overreach rules show " + findings.front().token.provider;
  // Without a finding, what was committed and removed again is the next place to look.
  const bool more = summary.mode == "tree" && !summary.revision.empty() && !incomplete(summary);
  return more ? scan_command(summary, "--history") : "";
}

}  // namespace

void write_credentials(std::ostream& out, std::span<const Finding> findings, const TextStyle& style) {
  Page page(out, style);
  for (const Finding& finding : findings) {
    write_credential(page, finding, style);
    page.blank();
  }
}

void write_text(std::ostream& out, std::span<const Finding> findings, const ScanSummary& summary,
                const TextStyle& style) {
  Page page(out, style);
  for (const Finding& finding : findings) {
    write_finding(page, finding, summary, style);
    page.blank();
  }
  for (const std::string& notice : summary.notices)
    page.heading(std::vector<Piece>{{.text = "note: ", .ink = Ink::yellow}, {.text = sentence(notice)}});
  write_skipped(page, summary, style);
  write_ignored(page, summary.ignored);
  write_summary(page, findings, summary);
  const std::string next = next_command(findings, summary);
  if (!next.empty())
    page.heading(std::vector<Piece>{{.text = "next: "}, {.text = next, .ink = Ink::bold, .whole = true}});
}

}  // namespace overreach
