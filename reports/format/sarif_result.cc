#include "reports/format/sarif_result.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "reports/format/sarif_rules.h"
#include "reports/format/text_safe.h"
#include "reports/format/words.h"

namespace overreach {
namespace {

using Json = nlohmann::ordered_json;

// Code scanning shows 100 locations of a result and 1,000 steps of a flow; more would be dropped there.
constexpr std::size_t kMostRelated = 90;
constexpr std::size_t kMostFlows = 20;
constexpr std::size_t kMostSteps = 50;
constexpr std::size_t kMostNamed = 3;

Json message(std::string_view text) { return {{"text", sarif_text(text)}}; }

Json artifact(std::string_view path) {
  if (path.empty()) return {{"uri", "stdin"}, {"uriBaseId", kSourceRoot}};
  if (path.front() == '/') return {{"uri", "file://" + percent_encoded(path)}};
  return {{"uri", percent_encoded(path)}, {"uriBaseId", kSourceRoot}};
}

/// One line, because code scanning shows an alert on a pull request only when all its lines are in the diff.
Json first_line_region(const Site& site) {
  Json region = {{"startLine", std::max(site.line, 1U)}};
  if (site.utf16_column == 0) return region;
  region["startColumn"] = site.utf16_column;
  if (site.utf16_end_column > site.utf16_column) region["endColumn"] = site.utf16_end_column;
  return region;
}

Json physical(Json artifact_location, Json region) {
  return {{"artifactLocation", std::move(artifact_location)}, {"region", std::move(region)}};
}

Json site_location(const Site& site) {
  return {{"physicalLocation", physical(artifact(site.origin.path), first_line_region(site))}};
}

Json evidence_location(const Evidence& evidence) {
  const std::string_view words = evidence.what.empty() ? std::string_view("uses it") : evidence.what;
  return {{"physicalLocation", physical(artifact(evidence.path), {{"startLine", std::max(evidence.line, 1U)}})},
          {"message", message(words)}};
}

/// Locations that the message links to by number.
class Related {
 public:
  explicit Related(const Finding& finding) : sites_(sites_by_use(finding)) {
    if (!sites_.empty() && sites_.front()->end_line > sites_.front()->line) add_whole(*sites_.front());
    for (std::size_t i = 1; i < sites_.size(); ++i) add_site(*sites_[i]);
    for (const NeededGrant& grant : finding.need.grants)
      for (const Evidence& step : grant.evidence) add_step(step);
  }

  const Json& locations() const { return locations_; }
  const std::vector<std::string>& copies() const { return copies_; }
  /// "[path:line](3)", or the path alone when the step was over the limit.
  std::string link(const Evidence& step) const {
    const auto it = steps_.find(step_key(step));
    const std::string label = sarif_text(fmt::format("{}:{}", step.path, step.line));
    return it == steps_.end() ? label : fmt::format("[{}]({})", label, it->second);
  }

 private:
  static std::pair<std::string, std::uint32_t> step_key(const Evidence& e) { return {e.path, e.line}; }

  /// Returns the id, 0 when there is no room.
  std::size_t add(Json location) {
    if (locations_.size() >= kMostRelated) return 0;
    Json numbered = {{"id", locations_.size() + 1}};
    numbered.update(location);
    locations_.push_back(std::move(numbered));
    return locations_.size();
  }

  void add_whole(const Site& site) {
    Json location = {{"physicalLocation",
                      physical(artifact(site.origin.path), {{"startLine", site.line}, {"endLine", site.end_line}})},
                     {"message", message("the whole credential")}};
    add(std::move(location));
  }

  void add_site(const Site& site) {
    const std::string note = place_note(site);
    Json location = site_location(site);
    location["message"] = message(note.empty() ? "the same credential" : "the same credential, " + note);
    const std::size_t id = add(std::move(location));
    const std::string label = sarif_text(fmt::format("{}:{}", site.origin.path, site.line));
    const std::string shown = id == 0 ? label : fmt::format("[{}]({})", label, id);
    copies_.push_back(note.empty() ? shown : fmt::format("{} ({})", shown, sarif_text(note)));
  }

  void add_step(const Evidence& step) {
    if (steps_.contains(step_key(step))) return;
    if (const std::size_t id = add(evidence_location(step)); id != 0) steps_[step_key(step)] = id;
  }

  std::vector<const Site*> sites_;
  Json locations_ = Json::array();
  std::vector<std::string> copies_;
  std::map<std::pair<std::string, std::uint32_t>, std::size_t> steps_;
};

std::string in_quotes(std::string_view text) { return fmt::format("'{}'", sarif_text(text)); }

std::string need_words(const Finding& finding, const Related& related) {
  const Need& need = finding.need;
  if (need.grants.empty())
    return need.confidence == Confidence::unknown ? "What it is for is not known."
                                                  : "No use of it was found in the code.";
  std::vector<std::string> parts;
  for (const NeededGrant& grant : need.grants) {
    std::string part = in_quotes(grant.capability);
    if (!grant.evidence.empty()) part += " at " + related.link(grant.evidence.back());
    parts.push_back(std::move(part));
  }
  return fmt::format("The code needs {}.", joined(parts, kMostNamed));
}

std::string excess_words(const Finding& finding) {
  const std::vector<ExcessGroup> rows = grouped(finding.excess);
  if (rows.empty()) return "";
  std::vector<std::string> parts;
  for (const ExcessGroup& row : rows) {
    const std::string backups = row.first->takes_backups ? ", with the backups" : "";
    parts.push_back(fmt::format("{} ({}{}, {})", in_quotes(row.first->grant.capability),
                                sarif_text(places_text(row.places, kMostNamed)), backups,
                                to_string(row.first->grant.proof)));
  }
  const std::string_view verb = finding.verdict == Verdict::overreach ? "can also do" : "may also do";
  return fmt::format("It {} {}.", verb, joined(parts, kMostNamed));
}

std::string message_text(const Finding& finding, const Related& related) {
  std::vector<std::string> parts;
  const std::string fallback = fmt::format("{}: {}", finding.token.title, verdict_words(finding.verdict));
  parts.push_back(sarif_text(sentence(finding.headline.empty() ? fallback : finding.headline)));
  parts.push_back(fmt::format("Credential {} ({}), verdict {}.", in_quotes(finding.token.masked),
                              in_quotes(finding.token.title), in_quotes(to_string(finding.verdict))));
  parts.push_back(need_words(finding, related));
  if (const std::string words = excess_words(finding); !words.empty()) parts.push_back(words);
  if (const std::string_view why = why_of(finding.reach); !why.empty())
    parts.push_back(fmt::format("The provider's answer: {}.", in_quotes(why)));
  const Site& first = *sites_by_use(finding).front();
  if (const std::string note = place_note(first); !note.empty()) parts.push_back(sarif_text("Place: " + note + "."));
  if (!related.copies().empty()) parts.push_back(fmt::format("Also at {}.", joined(related.copies(), kMostNamed)));
  if (!finding.fix.summary.empty()) parts.push_back(sarif_text("Fix: " + sentence(finding.fix.summary)));
  return joined(parts, parts.size(), " ");
}

/// Definition, hand-over, use, one flow for each need, and at the end what the token reaches.
Json code_flows(const Finding& finding, const Site& first) {
  Json flows = Json::array();
  for (const NeededGrant& grant : finding.need.grants) {
    if (grant.evidence.empty() || flows.size() >= kMostFlows) continue;
    Json steps = Json::array();
    for (std::size_t i = 0; i < std::min(grant.evidence.size(), kMostSteps); ++i)
      steps.push_back({{"location", evidence_location(grant.evidence[i])}});
    Json reach = site_location(first);
    reach["message"] = message(fmt::format("needs {}; reach is {}", grant.capability, to_string(finding.verdict)));
    steps.push_back({{"location", std::move(reach)}, {"importance", "essential"}});
    flows.push_back({{"message", message("from the definition to " + grant.capability)},
                     {"threadFlows", Json::array({{{"locations", std::move(steps)}}})}});
  }
  return flows;
}

/// Names of the effects, worst first.
template <class Range, class GrantOf>
Json effects(const Range& range, GrantOf grant_of) {
  std::set<Effect, std::greater<>> found;
  for (const auto& item : range) found.insert(grant_of(item).effect);
  Json out = Json::array();
  for (const Effect e : found) out.push_back(to_string(e));
  return out;
}

Json reach_summary(const Reach& reach) {
  Json out = {{"state", state_of(reach)}, {"proof", to_string(proof_of(reach))}};
  if (const std::string_view why = why_of(reach); !why.empty()) out["why"] = printable(why);
  const Powers* powers = powers_of(reach);
  if (powers == nullptr) return out;
  if (!powers->identity.empty()) out["identity"] = printable(powers->identity);
  if (!powers->expires.empty()) out["expires"] = printable(powers->expires);
  out["can"] = Json::array();
  for (const GrantGroup& g : grouped(powers->grants))
    out["can"].push_back(printable(fmt::format("{}: {} ({}; {})", to_string(g.effect), joined(g.capabilities, 8),
                                               places_text(g.places, 4), to_string(g.proof))));
  if (!powers->resources.empty()) out["resources"] = printable(resources_text(powers->resources, 4));
  return out;
}

Json properties(const Finding& finding, const Site& first) {
  const Powers* powers = powers_of(finding.reach);
  const std::vector<Grant> none;
  const std::vector<Grant>& grants = powers == nullptr ? none : powers->grants;
  Json out = {{"provider", printable(finding.token.provider)},
              {"kind", printable(kind_of(finding))},
              {"tokenRule", printable(finding.token.rule)},
              {"masked", printable(finding.token.masked)},
              {"verdict", to_string(finding.verdict)},
              {"severity", to_string(finding.severity)},
              {"effects", effects(grants, [](const Grant& g) -> const Grant& { return g; })},
              {"excessEffects", effects(finding.excess, [](const Excess& e) -> const Grant& { return e.grant; })},
              {"reach", reach_summary(finding.reach)}};
  out["needs"] = Json::array();
  for (const NeededGrant& g : finding.need.grants) out["needs"].push_back(printable(g.capability));
  out["excess"] = Json::array();
  for (const ExcessGroup& row : grouped(finding.excess))
    out["excess"].push_back({{"capability", printable(row.first->grant.capability)},
                             {"where", printable(places_text(row.places, 8))},
                             {"severity", to_string(row.first->severity)},
                             {"takesBackups", row.first->takes_backups}});
  out["confidence"] = {{"token", printable(finding.token.confidence)}, {"need", to_string(finding.need.confidence)}};
  if (finding.muted)
    out["muted"] = {{"by", printable(finding.muted->by)}, {"reason", printable(finding.muted->reason)}};
  out["source"] = to_string(first.origin.source);
  if (!first.origin.commit.empty()) out["commit"] = printable(first.origin.commit);
  if (!first.via.empty()) out["encoded"] = first.via;
  out["gitIgnored"] = first.origin.ignored;
  return out;
}

}  // namespace

std::string sarif_text(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    if (c == '[' || c == ']' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

nlohmann::ordered_json sarif_result(const Finding& finding, const Remark& remark) {
  const Site& first = *sites_by_use(finding).front();
  Json related = Json::array();
  for (const Evidence& step : remark.evidence) {
    Json location = {{"id", related.size() + 1}};
    location.update(evidence_location(step));
    related.push_back(std::move(location));
  }
  const Severity severity = finding.muted ? Severity::note : remark.severity;
  Json out = {
      {"ruleId", sarif_rule_id(remark.kind)},
      {"ruleIndex", sarif_rule_index(remark.kind)},
      {"level", sarif_level(severity)},
      {"message",
       {{"text", fmt::format("Credential {} ({}): {} {}", in_quotes(finding.token.masked),
                             in_quotes(finding.token.title), sarif_text(remark.text), sarif_text(remark.advice))}}},
      {"locations", Json::array({site_location(first)})}};
  if (!related.empty()) out["relatedLocations"] = std::move(related);
  out["partialFingerprints"] = {
      {"overreach/token/v1", printable(fmt::format("{}:{}", finding.token.id, to_string(remark.kind)))}};
  out["rank"] = 20.0 * (static_cast<double>(severity) + 1);
  out["properties"] = {{"provider", printable(finding.token.provider)},
                       {"tokenRule", printable(finding.token.rule)},
                       {"masked", printable(finding.token.masked)},
                       {"remark", to_string(remark.kind)},
                       {"severity", to_string(severity)}};
  return out;
}

nlohmann::ordered_json sarif_result(const Finding& finding) {
  const Site& first = *sites_by_use(finding).front();
  const Related related(finding);
  Json out = {{"ruleId", sarif_rule_id(finding.verdict, finding.severity)},
              {"ruleIndex", sarif_rule_index(finding.verdict, finding.severity)},
              {"level", sarif_level(finding.severity)},
              {"message", {{"text", message_text(finding, related)}}},
              {"locations", Json::array({site_location(first)})}};
  if (!related.locations().empty()) out["relatedLocations"] = related.locations();
  if (Json flows = code_flows(finding, first); !flows.empty()) out["codeFlows"] = std::move(flows);
  out["partialFingerprints"] = {{"overreach/token/v1", printable(finding.token.id)}};
  out["rank"] = 20.0 * (static_cast<double>(finding.severity) + 1);
  out["properties"] = properties(finding, first);
  return out;
}

}  // namespace overreach
