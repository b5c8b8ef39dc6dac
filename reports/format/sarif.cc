#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "reports/format/report.h"
#include "reports/format/sarif_result.h"
#include "reports/format/sarif_rules.h"
#include "reports/format/text_safe.h"
#include "reports/format/words.h"

namespace overreach {
namespace {

using Json = nlohmann::ordered_json;

// Code scanning keeps this many results of a run, by severity, and says nothing about the rest.
constexpr std::size_t kMostResults = 5000;
// A tree of images must not drown the notifications that matter.
constexpr std::size_t kMostSkipped = 200;

/// Worst first; what has the same severity keeps its order.
std::vector<const Finding*> kept(std::span<const Finding> findings) {
  std::vector<const Finding*> out;
  for (const Finding& f : findings)
    if (!f.token.sites.empty()) out.push_back(&f);
  std::stable_sort(out.begin(), out.end(),
                   [](const Finding* a, const Finding* b) { return a->severity > b->severity; });
  if (out.size() > kMostResults) out.resize(kMostResults);
  return out;
}

Json driver(const ScanSummary& summary) {
  return {
      {"name", "overreach"},
      {"organization", "overreach"},
      {"shortDescription", {{"text", "Finds what every credential in reach can really do."}}},
      {"fullDescription",
       {{"text",
         "Finds the credentials that a commit, a CI job or a coding agent can reach, what each can do, "
         "what the code needs it for, and reports the difference."}}},
      {"semanticVersion", valid_utf8(summary.version)},
      {"version", valid_utf8(summary.version)},
      {"supportedTaxonomies", Json::array({{{"name", "CWE"}, {"index", 0}}, {{"name", "OWASP-NHI"}, {"index", 1}}})},
      {"rules", sarif_rules()},
      {"notifications", sarif_notifications()},
      {"properties", {{"rulesVersion", valid_utf8(summary.rules_version)}}}};
}

Json notification(SarifNotice notice, std::string_view level, std::string_view text) {
  return {{"descriptor", {{"id", sarif_notice_id(notice)}, {"index", static_cast<std::size_t>(notice)}}},
          {"level", level},
          {"message", {{"text", sarif_text(text)}}}};
}

void add_skipped(Json& out, const ScanSummary& summary) {
  std::size_t left_out = 0;
  for (const Skipped& s : summary.skipped) {
    const std::string text = sentence(fmt::format("'{}' was not read: {}", s.path, s.reason));
    if (s.incomplete)
      out.push_back(notification(SarifNotice::not_read, "error", text));
    else if (++left_out <= kMostSkipped)
      out.push_back(notification(SarifNotice::skipped, "note", text));
  }
  if (left_out > kMostSkipped)
    out.push_back(notification(SarifNotice::skipped, "note",
                               fmt::format("'{}' more were left out on purpose.", left_out - kMostSkipped)));
}

Json notifications(const ScanSummary& summary, std::size_t dropped) {
  Json out = Json::array();
  out.push_back(notification(SarifNotice::about_the_run, "note", fmt::format("Scanned {}.", scanned_words(summary))));
  for (const std::string& text : summary.notices)
    out.push_back(notification(SarifNotice::about_the_run, "warning", sentence(text)));
  if (dropped > 0)
    out.push_back(notification(SarifNotice::results_dropped, "warning",
                               fmt::format("'{}' results of the lowest severity were left out of this file; the JSON "
                                           "report has all of them.",
                                           dropped)));
  add_skipped(out, summary);
  return out;
}

std::string_view exit_words(int code) {
  switch (code) {
    case 0:
      return "nothing at or above the gate";
    case 1:
      return "findings at or above the gate";
    case 2:
      return "usage or configuration error";
    case 3:
      return "the scan is incomplete";
    case 4:
      return "a required probe could not be made";
    default:
      return "internal error";
  }
}

Json invocation(const ScanSummary& summary, std::size_t dropped) {
  return {{"executionSuccessful", summary.exit_code <= 1 && !incomplete(summary)},
          {"exitCode", summary.exit_code},
          {"exitCodeDescription", exit_words(summary.exit_code)},
          {"toolExecutionNotifications", notifications(summary, dropped)}};
}

/// Empty unless the repository has a URL: SARIF requires one.
Json provenance(const ScanSummary& summary) {
  Json out = Json::array();
  if (summary.repository_url.empty()) return out;
  Json entry = {{"repositoryUri", valid_utf8(summary.repository_url)}};
  if (!summary.revision.empty()) entry["revisionId"] = valid_utf8(summary.revision);
  if (!summary.branch.empty()) entry["branch"] = valid_utf8(summary.branch);
  entry["mappedTo"] = {{"uriBaseId", kSourceRoot}};
  out.push_back(std::move(entry));
  return out;
}

/// The category is all up to the last '/', so the runs of one mode replace each other and those of
/// different modes do not.
std::string category(const ScanSummary& summary) {
  return fmt::format("overreach/{}/{}/", summary.mode.empty() ? "scan" : summary.mode,
                     summary.probed ? "probed" : "offline");
}

}  // namespace

void write_sarif(std::ostream& out, std::span<const Finding> findings, const ScanSummary& summary) {
  const std::vector<const Finding*> results = kept(findings);
  Json run = {{"tool", {{"driver", driver(summary)}}},
              {"invocations", Json::array({invocation(summary, findings.size() - results.size())})}};
  if (Json entries = provenance(summary); !entries.empty()) run["versionControlProvenance"] = std::move(entries);
  run["originalUriBaseIds"] = {
      {kSourceRoot, {{"description", {{"text", "The root of the repository or directory that was scanned."}}}}}};
  run["automationDetails"] = {{"id", category(summary)}};
  run["columnKind"] = "utf16CodeUnits";
  run["taxonomies"] = sarif_taxonomies();
  run["results"] = Json::array();
  for (const Finding* finding : results) {
    run["results"].push_back(sarif_result(*finding));
    for (const Remark& remark : finding->remarks) run["results"].push_back(sarif_result(*finding, remark));
  }
  const Json log = {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                    {"version", "2.1.0"},
                    {"runs", Json::array({std::move(run)})}};
  out << escaped_for_terminal(log.dump(2)) << '\n';
}

}  // namespace overreach
