// What a finding or a rule means, in full: for whoever has to decide, and whoever has to rotate.
#include <algorithm>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "detectors/identify/identify.h"
#include "scanner/cli/commands.h"
#include "scanner/cli/explanation.h"
#include "scanner/cli/scan.h"
#include "scanner/cli/terminal.h"

namespace overreach {
namespace {

using nlohmann::json;

constexpr const char* kReportSchema = "overreach/report/1";
constexpr std::size_t kLargestReport = std::size_t{512} << 20;
constexpr std::size_t kShortestId = 4;

bool is_finding_id(const std::string& text) {
  return text.size() >= kShortestId && text.size() <= 16 &&
         text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw UsageError("cannot read the report " + path);
  std::string text;
  std::string block(1 << 16, '\0');
  while (file.read(block.data(), static_cast<std::streamsize>(block.size())) || file.gcount() > 0) {
    text.append(block, 0, static_cast<std::size_t>(file.gcount()));
    if (text.size() > kLargestReport) throw UsageError("the report " + path + " has more than 512 MiB");
  }
  if (file.bad()) throw UsageError("cannot read the report " + path);
  return text;
}

json report_from(const std::string& path) {
  json report = json::parse(read_file(path), nullptr, false);
  if (!report.is_object() || report.value("schema", json()) != kReportSchema || !report.contains("findings"))
    throw UsageError(path + " is not a report of 'overreach scan --json FILE'");
  return report;
}

/// The report of a scan made now. Whoever scans differently, or asks providers, keeps a report and says --from.
json report_of_scan(const Options& options, const Catalog& catalog) {
  const Workspace workspace(options.scan);
  const std::vector<Declaration> declared = declared_purposes(workspace, options.scan.config);
  Stages stages;
  Tally tally;
  std::vector<Token> tokens = find_tokens(options, workspace, catalog, tally, stages);
  const Scanned scanned = judge_tokens(std::move(tokens), declared, options, workspace, catalog, tally, stages);
  std::ostringstream text;
  write_json(text, scanned.findings, scanned.summary);
  return json::parse(text.str());
}

std::string named(const json& findings) {
  constexpr std::size_t kNamed = 10;
  std::string out;
  for (std::size_t i = 0; i < std::min(findings.size(), kNamed); ++i)
    out += "\n  " + findings[i].at("id").get<std::string>() + "  " + findings[i].at("rule").get<std::string>();
  if (findings.size() > kNamed) out += "\n  and " + std::to_string(findings.size() - kNamed) + " more";
  return out;
}

const json& find_finding(const json& report, const std::string& id, const std::string& where) {
  const json& findings = report.at("findings");
  std::vector<const json*> fit;
  for (const json& finding : findings)
    if (finding.at("id").get<std::string>().rfind(id, 0) == 0) fit.push_back(&finding);
  if (fit.size() == 1) return *fit[0];
  if (fit.size() > 1) throw UsageError("several findings of " + where + " begin like that; give more of the id");
  if (findings.empty()) throw UsageError("there is no finding in " + where + ", so none with that id");
  throw UsageError("there is no finding with that id in " + where + "; there are:" + named(findings));
}

nlohmann::ordered_json explain_from(const json& report, const std::string& where, const std::string& id,
                                    const Catalog& catalog) try {
  const json& finding = find_finding(report, id, where);
  return explain_finding(finding, catalog.find(finding.at("provider").get<std::string>()));
} catch (const json::exception&) {
  throw UsageError(where + " is a report that lacks what a finding must have; was it changed by hand?");
}

/// nullptr with an empty `provider`: nothing has this name. The name is not repeated: it may be a credential.
nlohmann::ordered_json explain_named(const std::string& name, const Catalog& catalog) {
  const Provider* provider = catalog.find(name.substr(0, name.find('/')));
  if (provider == nullptr)
    throw UsageError(
        "this is neither the id of a finding nor of a rule or provider; a report shows the id of each finding in its "
        "line 'id:', 'overreach rules list' names the providers");
  if (name.find('/') == std::string::npos) return explain_rule(*provider, nullptr);
  for (const TokenRule& rule : provider->tokens)
    if (rule.id == name) return explain_rule(*provider, &rule);
  std::string rules;
  for (const TokenRule& rule : provider->tokens) rules += "\n  " + rule.id;
  throw UsageError(provider->title + " has no such rule; it has:" + rules);
}

}  // namespace

ExitCode explain_command(const Options& options) {
  const Catalog catalog(options.rules.directory, options.rules.trust_probes, {checksum_names(), decoder_names()});
  const std::string& what = options.explain.what;
  nlohmann::ordered_json explanation;
  if (!is_finding_id(what) || catalog.find(what) != nullptr)
    explanation = explain_named(what, catalog);
  else if (!options.explain.from.empty())
    explanation = explain_from(report_from(options.explain.from), options.explain.from, what, catalog);
  else
    explanation = explain_from(report_of_scan(options, catalog), "this scan", what, catalog);
  if (options.explain.json)
    std::cout << explanation.dump(2) << "\n";
  else
    write_explanation(std::cout, explanation, terminal_style(options.output));
  return ExitCode::clean;
}

}  // namespace overreach
