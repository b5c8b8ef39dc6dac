#include "reports/format/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

namespace overreach {
namespace {

/// Lower comes first: where a change takes effect soonest.
int distance(const Site& site) {
  const Origin& o = site.origin;
  switch (o.source) {
    case Origin::Source::tree:
      return o.ignored ? 3 : 0;
    case Origin::Source::index:
      return 1;
    case Origin::Source::commit:
      return o.in_head ? 2 : 4;
    case Origin::Source::history:
      return o.in_head ? 2 : 5;
    case Origin::Source::input:
      return 0;
  }
  return 6;
}

bool is_in_evidence(const Finding& finding, const Site& site) {
  for (const NeededGrant& grant : finding.need.grants)
    for (const Evidence& e : grant.evidence)
      if (e.path == site.origin.path && e.line == site.line) return true;
  return false;
}

/// Places that agree in all but one dimension, with that dimension's values.
struct Factored {
  Where rest;
  std::set<std::string> values;
};

std::vector<Factored> factored(std::span<const Where> places, std::string_view dimension) {
  std::map<std::pair<Where, bool>, std::set<std::string>> groups;
  for (const Where& place : places) {
    Where rest = place;
    rest.set(dimension, "");
    const std::string_view value = place.get(dimension);
    std::set<std::string>& values = groups[{rest, value.empty()}];
    if (!value.empty()) values.emplace(value);
  }
  std::vector<Factored> out;
  for (const auto& [key, values] : groups) out.push_back({key.first, values});
  return out;
}

std::string factored_text(const Factored& group, std::string_view dimension, std::size_t most) {
  const std::vector<std::string> values(group.values.begin(), group.values.end());
  Where all = group.rest;
  if (!values.empty()) all.set(dimension, joined(values, most, " or "));
  return all.text();
}

/// The dimension whose values are worth listing: the one that leaves the fewest groups.
std::string best_dimension(std::span<const Where> places) {
  std::set<std::string> dimensions;
  for (const Where& place : places)
    for (const auto& [name, value] : place.entries()) dimensions.insert(name);
  std::string best;
  std::size_t fewest = places.size() + 1;
  for (const std::string& dimension : dimensions) {
    const std::size_t groups = factored(places, dimension).size();
    if (groups < fewest) {
      fewest = groups;
      best = dimension;
    }
  }
  return best;
}

std::string plural_of(std::string_view noun) {
  const bool y = noun.size() > 1 && noun.back() == 'y' &&
                 std::string_view("aeiou").find(noun[noun.size() - 2]) == std::string_view::npos;
  if (y) return fmt::format("{}ies", noun.substr(0, noun.size() - 1));
  return fmt::format("{}s", noun);
}

}  // namespace

std::vector<const Site*> sites_by_use(const Finding& finding) {
  std::vector<const Site*> sites;
  for (const Site& site : finding.token.sites) sites.push_back(&site);
  const auto key = [&](const Site* s) { return std::make_tuple(distance(*s), !is_in_evidence(finding, *s)); };
  std::stable_sort(sites.begin(), sites.end(), [&](const Site* a, const Site* b) { return key(a) < key(b); });
  return sites;
}

namespace {

/// "refs/heads/main" as people say it: "main".
std::string short_ref(std::string_view name) {
  for (const std::string_view prefix : {"refs/heads/", "refs/remotes/", "refs/tags/", "refs/"})
    if (name.starts_with(prefix)) return std::string(name.substr(prefix.size()));
  return std::string(name);
}

/// What holds on to it: whoever rewrites the history has to know.
std::string held_by(const Origin& o) {
  if (o.refs.empty()) return o.in_reflog ? "only a reflog reaches it" : "";
  std::string out = "on " + short_ref(o.refs[0]);
  if (o.ref_count > 1) out += fmt::format(" and {}", count_of(o.ref_count - 1, "other ref"));
  return out;
}

std::string history_note(const Origin& o) {
  const std::string held = held_by(o);
  if (o.commit.empty()) return held.empty() ? "an object no ref or reflog reaches, still in the repository" : held;
  const std::string when = o.in_head || o.last_commit.empty() || o.last_commit == o.commit
                               ? "since commit " + std::string(short_commit(o.commit))
                               : fmt::format("commit {} to {}", short_commit(o.commit), short_commit(o.last_commit));
  return when + (o.in_head ? ", still in HEAD" : ", removed again") + (held.empty() ? "" : ", " + held);
}

std::string origin_note(const Origin& o) {
  const std::string commit(short_commit(o.commit));
  switch (o.source) {
    case Origin::Source::tree:
      return o.ignored ? "git-ignored: a commit does not carry it, an agent can read it" : "";
    case Origin::Source::index:
      return "staged";
    case Origin::Source::input:
      return "standard input";
    case Origin::Source::commit:
      return "commit " + commit + (o.in_head ? "" : ", removed again");
    case Origin::Source::history:
      return "history: " + history_note(o);
  }
  return "";
}

}  // namespace

std::string place_note(const Site& site) {
  std::string note = origin_note(site.origin);
  if (site.via.empty()) return note;
  const std::string how = "encoded: " + joined(site.via, site.via.size());
  return note.empty() ? how : how + "; " + note;
}

std::string kind_of(const Finding& finding, std::string_view separator) {
  const Powers* powers = powers_of(finding.reach);
  if (powers != nullptr && !powers->kind.empty()) return powers->kind;
  return joined(finding.token.kinds, finding.token.kinds.size(), separator);
}

Proof proof_of(const Reach& reach) {
  const Powers* powers = powers_of(reach);
  if (powers == nullptr || std::holds_alternative<Live>(reach)) return Proof::proven;
  Proof strongest = Proof::assumed;
  for (const Grant& grant : powers->grants) strongest = std::max(strongest, grant.proof);
  return strongest;
}

std::string_view why_of(const Reach& reach) {
  if (const auto* unknown = std::get_if<Unknown>(&reach)) return unknown->why;
  if (const auto* dead = std::get_if<Dead>(&reach)) return dead->why;
  return {};
}

std::string_view verdict_words(Verdict verdict) {
  switch (verdict) {
    case Verdict::fits:
      return "can do what its code needs and no more";
    case Verdict::dead:
      return "the provider does not accept it any more";
    case Verdict::unknown:
      return "what it can do is not known";
    case Verdict::may_overreach:
      return "may do more than its code needs: not proven";
    case Verdict::overreach:
      return "can do more than its code needs: proven";
  }
  return "";
}

std::vector<GrantGroup> grouped(std::span<const Grant> grants) {
  struct OfCapability {
    Effect effect = Effect::read;
    std::map<Proof, std::set<Where>> places;
  };
  std::map<std::string, OfCapability> by_capability;
  for (const Grant& grant : grants) {
    OfCapability& entry = by_capability[grant.capability];
    entry.effect = grant.effect;
    entry.places[grant.proof].insert(grant.where);
  }
  // Of equals the more definite place first: a named volume says more than "everywhere".
  const auto definite = [](const std::set<Where>& places) {
    std::size_t most = 0;
    for (const Where& place : places) most = std::max(most, place.entries().size());
    return -static_cast<int>(most);
  };
  using Key = std::tuple<int, int, int, std::set<Where>>;
  std::map<Key, GrantGroup> groups;
  for (const auto& [capability, entry] : by_capability) {
    for (const auto& [proof, places] : entry.places) {
      GrantGroup& group = groups[{-static_cast<int>(entry.effect), -static_cast<int>(proof), definite(places), places}];
      group.effect = entry.effect;
      group.proof = proof;
      group.capabilities.push_back(capability);
      group.places.assign(places.begin(), places.end());
    }
  }
  std::vector<GrantGroup> out;
  for (auto& [key, group] : groups) out.push_back(std::move(group));
  return out;
}

std::vector<ExcessGroup> grouped(std::span<const Excess> excess) {
  const auto same = [](const Excess& a, const Excess& b) {
    return std::tie(a.grant.capability, a.grant.proof, a.severity, a.why) ==
           std::tie(b.grant.capability, b.grant.proof, b.severity, b.why);
  };
  std::vector<ExcessGroup> out;
  for (const Excess& e : excess) {
    auto it = std::find_if(out.begin(), out.end(), [&](const ExcessGroup& g) { return same(*g.first, e); });
    if (it == out.end()) it = out.insert(out.end(), ExcessGroup{&e, {}});
    it->places.push_back(e.grant.where);
  }
  for (ExcessGroup& group : out) {
    std::sort(group.places.begin(), group.places.end());
    group.places.erase(std::unique(group.places.begin(), group.places.end()), group.places.end());
  }
  return out;
}

std::string places_text(std::span<const Where> places, std::size_t most) {
  std::vector<Where> widest;
  for (const Where& place : places) {
    const auto wider = [&](const Where& other) { return other != place && other.covers(place); };
    if (std::none_of(places.begin(), places.end(), wider)) widest.push_back(place);
  }
  if (widest.empty()) return "everywhere";
  const std::string dimension = best_dimension(widest);
  std::vector<std::string> texts;
  for (const Factored& group : factored(widest, dimension)) texts.push_back(factored_text(group, dimension, most));
  return joined(texts, most, "; ");
}

std::string resources_text(std::span<const Resource> resources, std::size_t names_most) {
  std::map<std::string, std::vector<std::string>> by_type;
  for (const Resource& r : resources) by_type[r.type].push_back(r.name.empty() ? r.id : r.name);
  std::vector<std::string> parts;
  for (const auto& [type, names] : by_type) {
    std::vector<std::string> distinct;
    for (const std::string& name : names)
      if (std::find(distinct.begin(), distinct.end(), name) == distinct.end()) distinct.push_back(name);
    parts.push_back(fmt::format("{} ({})", count_of(names.size(), type), joined(distinct, names_most)));
  }
  return joined(parts, parts.size());
}

std::string scanned_words(const ScanSummary& summary) {
  std::string out = count_of(summary.files, "file");
  if (summary.blobs > 0) out += ", " + count_of(summary.blobs, "blob");
  if (summary.cached > 0) out += fmt::format(" ({} of them known from an earlier scan)", summary.cached);
  if (summary.commits > 0) out += ", " + count_of(summary.commits, "commit");
  return fmt::format("{}, {}; {} skipped", out, size_words(summary.bytes), summary.skipped.size());
}

std::string size_words(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 5> units = {"bytes", "kB", "MB", "GB", "TB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  // 999.5 would be shown as 1000.
  for (; value >= 999.5 && unit + 1 < units.size(); ++unit) value /= 1000;
  if (unit == 0) return fmt::format("{} {}", bytes, bytes == 1 ? "byte" : "bytes");
  return value < 9.95 ? fmt::format("{:.1f} {}", value, units[unit]) : fmt::format("{:.0f} {}", value, units[unit]);
}

std::string count_of(std::uint64_t n, std::string_view noun) {
  return fmt::format("{} {}", n, n == 1 ? std::string(noun) : plural_of(noun));
}

std::string_view short_commit(std::string_view commit) { return commit.substr(0, 7); }

bool incomplete(const ScanSummary& summary) {
  return std::any_of(summary.skipped.begin(), summary.skipped.end(), [](const Skipped& s) { return s.incomplete; });
}

std::string sentence(std::string text) {
  while (!text.empty() && text.back() == ' ') text.pop_back();
  if (!text.empty() && std::string_view(".!?").find(text.back()) == std::string_view::npos) text += '.';
  return text;
}

std::string joined(std::span<const std::string> items, std::size_t most, std::string_view separator) {
  std::string out;
  // One item more is shorter than "and 1 more".
  const std::size_t shown = items.size() <= most + 1 ? items.size() : most;
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) out += separator;
    out += items[i];
  }
  if (shown < items.size()) out += fmt::format("{}and {} more", shown > 0 ? separator : "", items.size() - shown);
  return out;
}

}  // namespace overreach
