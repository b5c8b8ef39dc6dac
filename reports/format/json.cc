#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "reports/format/report.h"
#include "reports/format/text_safe.h"
#include "reports/format/words.h"

namespace overreach {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kSchema = "overreach/report/1";

/// nlohmann throws on invalid UTF-8, so every string goes through here.
std::string text(std::string_view bytes) { return valid_utf8(bytes); }

template <class Strings>
Json list(const Strings& strings) {
  Json out = Json::array();
  for (const std::string& s : strings) out.push_back(text(s));
  return out;
}

void set_if(Json& object, const char* key, std::string_view value) {
  if (!value.empty()) object[key] = text(value);
}

/// The path as a string, and its exact bytes as a URI when the string cannot hold them.
void set_path(Json& object, std::string_view path) {
  object["path"] = text(path);
  if (!is_valid_utf8(path)) object["uri"] = percent_encoded(path);
}

Json where_json(const Where& where) {
  Json out = Json::object();
  for (const auto& [dimension, value] : where.entries()) out[text(dimension)] = text(value);
  return out;
}

Json grant_json(const Grant& grant) {
  return {{"capability", text(grant.capability)},
          {"effect", to_string(grant.effect)},
          {"where", where_json(grant.where)},
          {"proof", to_string(grant.proof)}};
}

Json evidence_json(const Evidence& evidence) {
  Json out;
  set_path(out, evidence.path);
  out["line"] = evidence.line;
  out["text"] = text(evidence.text);
  set_if(out, "what", evidence.what);
  return out;
}

Json evidence_list(std::span<const Evidence> steps) {
  Json out = Json::array();
  for (const Evidence& e : steps) out.push_back(evidence_json(e));
  return out;
}

Json site_json(const Site& site) {
  Json out;
  set_path(out, site.origin.path);
  out["line"] = site.line;
  out["column"] = site.column;
  out["end_line"] = std::max(site.end_line, site.line);
  out["end_column"] = site.end_column;
  set_if(out, "commit", site.origin.commit);
  out["source"] = to_string(site.origin.source);
  out["ignored"] = site.origin.ignored;
  out["in_head"] = site.origin.in_head;
  if (site.origin.source == Origin::Source::history) {
    set_if(out, "last_commit", site.origin.last_commit);
    out["refs"] = list(site.origin.refs);
    out["ref_count"] = site.origin.ref_count;
    out["in_reflog"] = site.origin.in_reflog;
  }
  set_if(out, "name", site.name);
  set_if(out, "excerpt", site.excerpt);
  if (!site.via.empty()) out["via"] = list(site.via);
  return out;
}

Json reach_json(const Reach& reach) {
  Json out = {{"state", state_of(reach)}, {"proof", to_string(proof_of(reach))}};
  set_if(out, "why", why_of(reach));
  out["grants"] = Json::array();
  const Powers* powers = powers_of(reach);
  if (powers == nullptr) return out;
  set_if(out, "kind", powers->kind);
  set_if(out, "identity", powers->identity);
  set_if(out, "expires", powers->expires);
  for (const Grant& grant : powers->grants) out["grants"].push_back(grant_json(grant));
  out["resources"] = Json::array();
  for (const Resource& r : powers->resources)
    out["resources"].push_back(
        {{"type", text(r.type)}, {"id", text(r.id)}, {"name", text(r.name)}, {"where", where_json(r.where)}});
  out["scopes"] = list(powers->scopes);
  out["unmapped"] = list(powers->unmapped);
  out["notes"] = list(powers->notes);
  return out;
}

Json declared_json(const Declaration& d) {
  Json out = {{"credential", text(d.credential)}, {"needs", list(d.needs)}, {"where", where_json(d.where)},
              {"reason", text(d.reason)},         {"expired", d.expired},   {"wider", list(d.wider)},
              {"narrower", list(d.narrower)}};
  set_if(out, "expires", d.expires);
  set_path(out, d.path);
  out["line"] = d.line;
  return out;
}

Json need_json(const Need& need) {
  Json out = {{"confidence", to_string(need.confidence)}, {"grants", Json::array()}};
  for (const NeededGrant& grant : need.grants)
    out["grants"].push_back({{"capability", text(grant.capability)},
                             {"effect", to_string(grant.effect)},
                             {"where", where_json(grant.where)},
                             {"confidence", to_string(grant.confidence)},
                             {"declared", grant.declared},
                             {"operations", list(grant.operations)},
                             {"evidence", evidence_list(grant.evidence)}});
  out["unresolved"] = evidence_list(need.unresolved);
  out["names"] = list(need.names);
  out["settings"] = Json::array();
  for (const Setting& s : need.settings) {
    Json setting = {{"aside", s.aside}, {"at", evidence_list({&s.at, 1})[0]}};
    set_if(setting, "environment", s.environment);
    set_if(setting, "service", s.service);
    out["settings"].push_back(std::move(setting));
  }
  if (need.declared) out["declared"] = declared_json(*need.declared);
  out["files_read"] = need.files_read;
  out["files_failed"] = need.files_failed;
  return out;
}

Json excess_json(const Excess& excess) {
  Json out = grant_json(excess.grant);
  set_if(out, "title", excess.title);
  out["severity"] = to_string(excess.severity);
  out["reversible"] = excess.reversible;
  out["takes_backups"] = excess.takes_backups;
  out["why"] = list(excess.why);
  return out;
}

Json remark_json(const Remark& remark) {
  return {{"kind", to_string(remark.kind)},
          {"severity", to_string(remark.severity)},
          {"text", text(remark.text)},
          {"advice", text(remark.advice)},
          {"evidence", evidence_list(remark.evidence)}};
}

Json gate_json(const GateRef& gate) {
  Json out = {{"format", text(gate.format)}};
  if (!gate.path.empty()) set_path(out, gate.path);
  out["covers"] = list(gate.covers);
  out["not_covered"] = list(gate.not_covered);
  return out;
}

Json fix_json(const Fix& fix) {
  Json out = {{"summary", text(fix.summary)}, {"steps", list(fix.steps)}, {"needs_gate", fix.needs_gate}};
  set_if(out, "narrower_kind", fix.narrower_kind);
  set_if(out, "link", fix.link);
  return out;
}

/// Everything found in content is shown masked, hosts and users too.
Json companions_json(const Token& token) {
  Json out = Json::array();
  for (const Companion& c : token.companions)
    out.push_back({{"role", text(c.role)}, {"masked", text(c.value.redacted())}, {"secret", c.secret}});
  return out;
}

void set_token(Json& out, const Token& token) {
  out["masked"] = text(token.masked);
  out["title"] = text(token.title);
  out["kinds"] = list(token.kinds);
  out["confidence"] = text(token.confidence);
  out["sensitivity"] = text(token.sensitivity);
  out["environment"] = to_string(token.environment);
  out["companions"] = companions_json(token);
  out["facts"] = Json::object();
  for (const auto& [name, value] : token.facts) out["facts"][text(name)] = text(value);
}

Json finding_json(const Finding& finding) {
  const Token& token = finding.token;
  Json out = {{"id", text(token.id)},
              {"rule", text(token.rule)},
              {"provider", text(token.provider)},
              {"provider_title", text(finding.provider_title)},
              {"kind", text(kind_of(finding))},
              {"verdict", to_string(finding.verdict)},
              {"severity", to_string(finding.severity)},
              {"headline", text(finding.headline)}};
  if (finding.muted) out["muted"] = {{"by", text(finding.muted->by)}, {"reason", text(finding.muted->reason)}};
  set_token(out, token);
  out["sites"] = Json::array();
  for (const Site* site : sites_by_use(finding)) out["sites"].push_back(site_json(*site));
  out["ids"] = Json::array();
  for (const NearbyId& id : token.ids) {
    Json near = {{"resource", text(id.resource)}, {"id", text(id.id)}};
    set_path(near, id.path);
    near["line"] = id.line;
    out["ids"].push_back(std::move(near));
  }
  out["reach"] = reach_json(finding.reach);
  out["need"] = need_json(finding.need);
  out["excess"] = Json::array();
  for (const Excess& e : finding.excess) out["excess"].push_back(excess_json(e));
  out["remarks"] = Json::array();
  for (const Remark& remark : finding.remarks) out["remarks"].push_back(remark_json(remark));
  out["gates"] = Json::array();
  for (const GateRef& g : finding.gates) out["gates"].push_back(gate_json(g));
  out["fix"] = fix_json(finding.fix);
  return out;
}

Json scanned_json(const ScanSummary& summary) {
  Json out = {{"mode", text(summary.mode)}, {"root", text(summary.root)},        {"files", summary.files},
              {"blobs", summary.blobs},     {"cached", summary.cached},          {"commits", summary.commits},
              {"bytes", summary.bytes},     {"incomplete", incomplete(summary)}, {"probed", summary.probed}};
  set_if(out, "revision", summary.revision);
  set_if(out, "branch", summary.branch);
  set_if(out, "repository", summary.repository_url);
  if (!summary.ignored.file.empty())
    out["ignored"] = {{"file", text(summary.ignored.file)},
                      {"paths_skipped", summary.ignored.paths_skipped},
                      {"findings_muted", summary.ignored.findings_muted}};
  out["skipped"] = Json::array();
  for (const Skipped& s : summary.skipped) {
    Json skipped;
    set_path(skipped, s.path);
    skipped["reason"] = text(s.reason);
    skipped["incomplete"] = s.incomplete;
    out["skipped"].push_back(std::move(skipped));
  }
  return out;
}

/// The lines of `json` moved to the right. There is no line break within a JSON string.
std::string indented(std::string_view json, std::size_t by) {
  std::string out;
  while (!json.empty()) {
    const std::size_t end = std::min(json.find('\n'), json.size() - 1) + 1;
    out.append(by, ' ').append(json.substr(0, end));
    json.remove_prefix(end);
  }
  return out;
}

}  // namespace

/// One finding at a time: dense input has a hundred thousand, and all of them as one document would take gigabytes.
void write_json(std::ostream& out, std::span<const Finding> findings, const ScanSummary& summary) {
  const Json head = {
      {"schema", kSchema},
      {"tool", {{"name", "overreach"}, {"version", text(summary.version)}, {"rules", text(summary.rules_version)}}},
      {"scanned", scanned_json(summary)},
      {"exit_code", summary.exit_code},
      {"notices", list(summary.notices)}};
  std::string opened = head.dump(2);
  opened.resize(opened.size() - std::string_view("\n}").size());
  out << escaped_for_terminal(opened) << ",\n  \"findings\": [";
  std::string_view before = "\n";
  for (const Finding& finding : findings) {
    out << before << indented(escaped_for_terminal(finding_json(finding).dump(2)), 4);
    before = ",\n";
  }
  out << (findings.empty() ? "]" : "\n  ]") << "\n}\n";
}

}  // namespace overreach
