// A finding is explained from its report, whether that was made a moment ago or lies in a file; what the words mean
// comes from the provider file.
#include "scanner/cli/explanation.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "detectors/model/finding.h"
#include "detectors/verdict/least.h"

namespace overreach {
namespace {

using nlohmann::json;
using Doc = nlohmann::ordered_json;

constexpr const char* kSchema = "overreach/explanation/1";

std::string effect_means(std::string_view effect) {
  constexpr std::pair<std::string_view, std::string_view> kMeanings[] = {
      {"read", "sees data or metadata"},
      {"write", "changes what can be changed back"},
      {"spend", "creates billable things or makes paid calls"},
      {"send", "a message, payment or publication leaves the account"},
      {"impersonate", "acts as somebody else"},
      {"exec", "makes supplied code, SQL or commands run, or deploys"},
      {"secrets", "returns or replaces secret values"},
      {"admin", "grants power to others: members, roles, tokens, policies"},
      {"destroy", "loses data, access or a running thing"}};
  for (const auto& [name, means] : kMeanings)
    if (name == effect) return std::string(means);
  return {};
}

std::string proof_means(std::string_view proof) {
  if (proof == "proven") return "the provider answered so";
  if (proof == "decoded") return "the token itself carries it";
  if (proof == "documented") return "the provider documents it for this kind of token";
  return "nobody rules it out";
}

std::string undo_means(const Capability& capability) {
  if (capability.effect != Effect::destroy) return {};
  if (capability.undo == "none") return "cannot be undone";
  if (capability.undo == "unknown") return "whether it can be undone is not known";
  return "can be undone: " + capability.undo;
}

Doc power_of(const Capability& capability) {
  Doc out = {{"capability", capability.id},
             {"title", capability.title},
             {"effect", to_string(capability.effect)},
             {"means", effect_means(to_string(capability.effect))}};
  if (const std::string undo = undo_means(capability); !undo.empty()) out["undo"] = undo;
  if (capability.takes_backups) out["takes_backups"] = true;
  return out;
}

std::string where_text(const json& where) {
  Where place;
  for (const auto& [dimension, value] : where.items()) place.set(dimension, value.get<std::string>());
  return place.text();
}

std::set<std::string> needed_capabilities(const json& finding) {
  std::set<std::string> out;
  for (const json& grant : finding.at("need").at("grants")) out.insert(grant.at("capability").get<std::string>());
  return out;
}

/// The reasons of the worst excess of one capability.
Doc reasons_of(const json& finding, const std::string& capability) {
  for (const json& excess : finding.at("excess"))
    if (excess.at("capability") == capability) return Doc(excess.at("why"));
  return Doc::array();
}

/// One entry for each capability of the reach: what is beyond the need first, then by effect, worst first.
Doc powers_of_finding(const json& finding, const Provider* provider) {
  const std::set<std::string> needed = needed_capabilities(finding);
  std::vector<std::string> order;
  std::map<std::string, Doc> entries;
  const auto visit = [&](const json& grant) {
    const std::string id = grant.at("capability");
    Doc& entry = entries[id];
    if (entry.is_null()) {
      const Capability* capability = provider == nullptr ? nullptr : provider->capability(id);
      const std::string effect = grant.at("effect");
      entry = capability != nullptr ? power_of(*capability)
                                    : Doc{{"capability", id}, {"effect", effect}, {"means", effect_means(effect)}};
      entry["needed"] = needed.count(id) != 0;
      entry["why"] = reasons_of(finding, id);
      entry["at"] = Doc::array();
      order.push_back(id);
    }
    const std::string proof = grant.at("proof");
    Doc place = {{"where", where_text(grant.at("where"))}, {"proof", proof}, {"because", proof_means(proof)}};
    if (std::find(entry["at"].begin(), entry["at"].end(), place) == entry["at"].end())
      entry["at"].push_back(std::move(place));
  };
  for (const json& excess : finding.at("excess")) visit(excess);
  for (const json& grant : finding.at("reach").at("grants")) visit(grant);
  Doc out = Doc::array();
  for (const std::string& id : order) out.push_back(std::move(entries[id]));
  return out;
}

std::string place_text(const json& evidence) {
  std::string out = evidence.at("path").get<std::string>() + ":" + std::to_string(evidence.at("line").get<unsigned>());
  if (const std::string what = evidence.value("what", ""); !what.empty()) out += " " + what;
  return out;
}

Doc needs_of(const json& finding) {
  Doc out = Doc::array();
  for (const json& grant : finding.at("need").at("grants")) {
    Doc evidence = Doc::array();
    for (const json& step : grant.at("evidence")) evidence.push_back(place_text(step));
    out.push_back({{"capability", grant.at("capability")},
                   {"where", where_text(grant.at("where"))},
                   {"confidence", grant.at("declared").get<bool>() ? json("declared") : grant.at("confidence")},
                   {"evidence", std::move(evidence)}});
  }
  return out;
}

std::size_t count_proven(const json& finding) {
  std::set<std::string> proven;
  for (const json& excess : finding.at("excess"))
    if (excess.at("proof") == "proven" || excess.at("proof") == "decoded")
      proven.insert(excess.at("capability").get<std::string>());
  return proven.size();
}

std::string verdict_sentence(const json& finding) {
  const std::string verdict = finding.at("verdict");
  const std::string severity = finding.at("severity");
  const std::size_t proven = count_proven(finding);
  if (verdict == "overreach")
    return "overreach, " + severity + ": " + std::to_string(proven) + (proven == 1 ? " power is" : " powers are") +
           " proven that the code read does not need";
  if (verdict == "may-overreach")
    return "may-overreach, " + severity +
           ": what the code read needs is less than what this kind of token can have, "
           "and nobody has proven which of it this one has";
  if (verdict == "fits") return "fits: it can do nothing beyond what its code needs, even in the worst case";
  if (verdict == "dead") return "dead: the provider does not accept it any more";
  return "unknown, " + severity + ": the provider was asked and gave no answer that says what it can do";
}

std::string reach_sentence(const json& reach) {
  const std::string state = reach.at("state");
  const std::string why = reach.value("why", "");
  if (state == "live") return "reach: the provider was asked, accepted it and said what follows";
  if (state == "dead") return "reach: none; " + why;
  if (state == "unknown") return "reach: not known; " + why;
  return "reach: nobody asked the provider, so what follows is an upper bound; 'overreach scan --probe' asks";
}

std::string need_sentence(const json& need) {
  if (!need.at("grants").empty())
    return "need: " + std::to_string(need.at("grants").size()) +
           (need.at("grants").size() == 1 ? " use was" : " uses were") + " found in the code or declared";
  if (need.at("confidence") == "unknown") return "need: not known; no code was read that shows what it is for";
  return "need: nothing; none of the " + std::to_string(need.at("files_read").get<std::size_t>()) +
         " source files that were read uses it";
}

Doc judged(const json& finding) {
  Doc out =
      Doc::array({verdict_sentence(finding), reach_sentence(finding.at("reach")), need_sentence(finding.at("need"))});
  if (!finding.at("excess").empty()) {
    const json& worst = finding.at("excess").front();
    std::string reasons;
    for (const json& why : worst.at("why")) reasons += (reasons.empty() ? "" : "; ") + why.get<std::string>();
    out.push_back("worst: " + worst.at("capability").get<std::string>() + " " + where_text(worst.at("where")) +
                  (reasons.empty() ? "" : ": " + reasons));
  }
  for (const json& remark : finding.value("remarks", json::array()))
    out.push_back("remark, " + remark.at("severity").get<std::string>() + ": " + remark.at("text").get<std::string>() +
                  " " + remark.at("advice").get<std::string>());
  if (finding.contains("muted"))
    out.push_back("muted by " + finding["muted"].at("by").get<std::string>() + ": " +
                  finding["muted"].at("reason").get<std::string>());
  return out;
}

/// What an IAM policy says that allows `actions` and nothing else.
Doc iam_statement(const std::vector<std::string>& actions) {
  return {
      {"Version", "2012-10-17"},
      {"Statement", Doc::array({{{"Effect", "Allow"}, {"Action", actions}, {"Resource", "ARNs of what it uses"}}})}};
}

Doc narrower_entry(const NarrowerKind& kind, const Provider& provider) {
  const KindSpec* spec = provider.kind(kind.kind);
  Doc out = {{"kind", kind.kind}, {"title", spec != nullptr && !spec->title.empty() ? spec->title : kind.kind}};
  out["by_verb"] = spec == nullptr || spec->by_verb;
  out["how"] = kind.how;
  if (!kind.link.empty()) out["link"] = kind.link;
  if (!kind.note.empty()) out["note"] = kind.note;
  return out;
}

bool serves(const NarrowerKind& kind, const std::vector<std::string>& needs, const Provider& provider) {
  const std::vector<std::string> covered = provider.expand(kind.fits);
  return std::includes(covered.begin(), covered.end(), needs.begin(), needs.end());
}

/// The narrowest kind that serves the need, with the scopes to tick where the kind takes scopes; every kind when
/// nothing is known about the need.
Doc narrower_for(const json& finding, const Provider& provider) {
  const std::set<std::string> needed = needed_capabilities(finding);
  const std::vector<std::string> needs(needed.begin(), needed.end());
  const std::vector<std::string> scopes = least_words(needs, provider);
  Doc out = Doc::array();
  for (const NarrowerKind& kind : provider.narrower.kinds) {
    if (!serves(kind, needs, provider)) continue;
    Doc entry = narrower_entry(kind, provider);
    if (!scopes.empty() && entry["by_verb"] == true) {
      entry["scopes"] = scopes;
      if (provider.id == "aws") entry["statement"] = iam_statement(scopes);
    }
    out.push_back(std::move(entry));
    if (!needs.empty()) break;
  }
  return out;
}

Doc places_of(const json& finding) {
  Doc out = Doc::array();
  for (const json& site : finding.at("sites")) {
    Doc place = {{"path", site.at("path")}, {"line", site.at("line")}, {"source", site.at("source")}};
    if (!site.value("name", "").empty()) place["name"] = site.at("name");
    if (site.at("ignored").get<bool>()) place["ignored"] = true;
    if (site.contains("commit")) place["commit"] = site.at("commit");
    out.push_back(std::move(place));
  }
  return out;
}

/// It cannot be edited any more.
bool is_past(const json& site) { return site.at("source") == "history" || site.at("source") == "commit"; }

bool in_history(const json& finding) {
  return std::any_of(finding.at("sites").begin(), finding.at("sites").end(),
                     [](const json& site) { return is_past(site) || site.at("in_head").get<bool>(); });
}

/// "a, b and 3 more" of distinct places that can still be edited.
std::string edited_places(const json& finding) {
  std::vector<std::string> places;
  for (const json& site : finding.at("sites")) {
    const std::string place =
        site.at("path").get<std::string>() + ":" + std::to_string(site.at("line").get<unsigned>());
    if (!is_past(site) && std::find(places.begin(), places.end(), place) == places.end()) places.push_back(place);
  }
  constexpr std::size_t kNamed = 6;
  std::string out;
  for (std::size_t i = 0; i < std::min(places.size(), kNamed); ++i) out += (i == 0 ? "" : ", ") + places[i];
  if (places.size() > kNamed) out += " and " + std::to_string(places.size() - kNamed) + " more";
  return out;
}

/// Files that use it, besides those in which it stands.
std::string users_of(const json& finding) {
  std::set<std::string> files;
  for (const json& grant : finding.at("need").at("grants"))
    for (const json& step : grant.at("evidence")) files.insert(step.at("path").get<std::string>());
  for (const json& site : finding.at("sites"))
    if (!is_past(site)) files.erase(site.at("path").get<std::string>());
  std::string out;
  for (const std::string& file : files) out += (out.empty() ? "" : ", ") + file;
  return out;
}

std::string make_step(const Doc& narrower) {
  std::string out = "Make a " + narrower.at("title").get<std::string>() + ": " + narrower.at("how").get<std::string>();
  if (narrower.contains("scopes")) {
    std::string scopes;
    for (const auto& scope : narrower["scopes"]) scopes += (scopes.empty() ? "" : ", ") + scope.get<std::string>();
    out += "; with " + scopes + " and nothing else";
  }
  return out + ".";
}

/// The order matters: what uses the old one must have the new one before the old one goes.
Doc rotation(const json& finding, const Doc& narrower, const Provider* provider) {
  Doc out = Doc::array();
  const std::string edited = edited_places(finding);
  const std::string console = provider == nullptr ? finding.at("fix").value("link", "") : provider->console;
  if (finding.at("verdict") == "dead") {
    if (!edited.empty()) out.push_back("Take it out of " + edited + ": it works nowhere any more.");
    return out;
  }
  const bool replaced = !narrower.empty() && !needed_capabilities(finding).empty();
  if (replaced) out.push_back(make_step(narrower.front()));
  if (!edited.empty())
    out.push_back((replaced ? "Put it in place of the old one: " : "Take it out of ") + edited + ".");
  const std::string users = users_of(finding);
  if (replaced && !users.empty()) out.push_back("Run what uses it, with the new one only: " + users + ".");
  if (replaced)
    out.push_back("Check what the new one can do: 'overreach probe --as " + finding.at("provider").get<std::string>() +
                  "' reads it from standard input.");
  out.push_back("Revoke the old one" + (console.empty() ? std::string(".") : " at " + console + "."));
  if (in_history(finding))
    out.push_back("It is in git history, so every clone keeps it: only revoking counts, deleting the line does not.");
  if (finding.at("fix").at("needs_gate").get<bool>())
    out.push_back("Write the gate, 'overreach scan --gates DIR': no kind of token leaves the rest out.");
  if (provider != nullptr && !provider->narrower.advice.empty()) out.push_back(provider->narrower.advice);
  return out;
}

Doc stores_of(const Provider& provider) {
  Doc out = Doc::array();
  for (const StoreSpec& store : provider.stores) out.push_back(store.path);
  return out;
}

Doc identity_of(const json& finding) {
  const json& reach = finding.at("reach");
  Doc out = {{"masked", finding.at("masked")}, {"title", finding.at("title")}, {"kind", finding.at("kind")}};
  for (const char* name : {"identity", "expires"})
    if (const std::string value = reach.value(name, ""); !value.empty()) out[name] = value;
  return out;
}

Doc kind_entry(const KindSpec& kind, const Provider& provider) {
  Doc out = {{"kind", kind.id}, {"title", kind.title}, {"reach", kind.reach}, {"by_verb", kind.by_verb}};
  out["grants"] = provider.expand(kind.grants);
  out["may_grant"] = provider.expand(kind.may_grant);
  if (!kind.expires.empty()) out["expires"] = kind.expires;
  return out;
}

bool can_be(const TokenRule& rule, const std::string& kind) {
  return std::find(rule.kinds.begin(), rule.kinds.end(), kind) != rule.kinds.end();
}

Doc rule_entry(const TokenRule& rule) {
  return {{"rule", rule.id},
          {"title", rule.title},
          {"kinds", rule.kinds},
          {"confidence", rule.confidence},
          {"sensitivity", rule.sensitivity}};
}

/// How the provider is asked, in words.
std::string asked(const Provider& provider) {
  if (provider.probe.empty()) return "it cannot be asked; its reach is what the provider documents";
  std::string hosts;
  for (const std::string& host : provider.hosts) hosts += (hosts.empty() ? "" : ", ") + host;
  return "with --probe, read-only requests to " + hosts + " prove what a token can do";
}

}  // namespace

nlohmann::ordered_json explain_finding(const json& finding, const Provider* provider) {
  const Doc narrower = provider == nullptr ? Doc::array() : narrower_for(finding, *provider);
  Doc out = {{"schema", kSchema}, {"about", "finding"}};
  for (const char* name : {"id", "rule", "provider", "provider_title", "headline", "verdict", "severity"})
    out[name] = finding.at(name);
  out["is"] = identity_of(finding);
  out["judged"] = judged(finding);
  out["needs"] = needs_of(finding);
  out["powers"] = powers_of_finding(finding, provider);
  out["narrower"] = narrower;
  out["rotate"] = rotation(finding, narrower, provider);
  out["lies_at"] = places_of(finding);
  out["stores"] = provider == nullptr ? Doc::array() : stores_of(*provider);
  out["console"] = provider == nullptr ? "" : provider->console;
  return out;
}

nlohmann::ordered_json explain_rule(const Provider& provider, const TokenRule* rule) {
  Doc out = {{"schema", kSchema},
             {"about", rule == nullptr ? "provider" : "rule"},
             {"id", rule == nullptr ? provider.id : rule->id},
             {"provider", provider.id},
             {"provider_title", provider.title},
             {"documented", provider.documented},
             {"asked", asked(provider)}};
  out["tokens"] = Doc::array();
  for (const TokenRule& token : provider.tokens)
    if (rule == nullptr ? !token.only_as_companion : &token == rule) out["tokens"].push_back(rule_entry(token));
  out["kinds"] = Doc::array();
  std::vector<std::string> reachable;
  for (const KindSpec& kind : provider.kinds) {
    if (rule != nullptr && !can_be(*rule, kind.id)) continue;
    out["kinds"].push_back(kind_entry(kind, provider));
    for (const auto* ids : {&kind.grants, &kind.may_grant})
      for (const std::string& id : provider.expand(*ids)) reachable.push_back(id);
  }
  out["powers"] = Doc::array();
  std::vector<const Capability*> sorted;
  for (const Capability& capability : provider.capabilities)
    if (std::find(reachable.begin(), reachable.end(), capability.id) != reachable.end()) sorted.push_back(&capability);
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) { return a->effect > b->effect; });
  for (const Capability* capability : sorted) out["powers"].push_back(power_of(*capability));
  out["narrower"] = Doc::array();
  for (const NarrowerKind& kind : provider.narrower.kinds) out["narrower"].push_back(narrower_entry(kind, provider));
  out["only_a_gate"] = !provider.narrower.by_verb;
  out["advice"] = provider.narrower.advice;
  out["stores"] = stores_of(provider);
  out["console"] = provider.console;
  return out;
}

}  // namespace overreach
