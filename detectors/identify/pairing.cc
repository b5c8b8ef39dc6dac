// Two steps, so that neither a loose rule can take a companion away nor a companion a token:
//
//   1. Readings whose secrets overlap: the more specific one stays. Rules that never stand
//      alone only have to yield to readings with a literal of their own.
//   2. Owners get companions by distance; a companion that found its owner then displaces
//      the loose readings that overlap it. Of two that would displace each other, as when two
//      rules read the same pair from different ends, the more specific one stays.
#include "detectors/identify/pairing.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace overreach {
namespace {

/// Spans that do not overlap each other.
class Claims {
 public:
  bool free(const Span& span) const {
    auto it = spans_.lower_bound(span.end);
    return it == spans_.begin() || std::prev(it)->second <= span.begin;
  }
  void claim(const Span& span) { spans_.emplace(span.begin, span.end); }

 private:
  std::map<std::uint64_t, std::uint64_t> spans_;
};

using Group = std::vector<const Reading*>;

Group most_specific(const std::vector<Reading>& readings, bool companions_only, Claims& claims) {
  Group order;
  for (const Reading& reading : readings)
    if (reading.rule->only_as_companion == companions_only) order.push_back(&reading);
  std::sort(order.begin(), order.end(), [](const Reading* a, const Reading* b) { return more_specific(*a, *b); });
  Group kept;
  for (const Reading* reading : order) {
    if (!claims.free(reading->secret)) continue;
    claims.claim(reading->secret);
    kept.push_back(reading);
  }
  return kept;
}

bool is_rule(const Reading& reading, const Reading& owner, std::string_view id) {
  if (reading.provider != owner.provider) return false;
  const std::string_view own = reading.rule->id;
  return own == id || (own.ends_with(id) && own.size() > id.size() && own[own.size() - id.size() - 1] == '/');
}

struct Pair {
  std::uint32_t lines = 0;  // between the two
  bool before = false;      // the companion stands before its owner: second choice
  std::uint64_t bytes = 0;
  std::size_t owner = 0, companion = 0;
  auto operator<=>(const Pair&) const = default;
};

Pair make_pair(const Group& owners, const Group& others, std::size_t o, std::size_t c) {
  const Reading& owner = *owners[o];
  const Reading& other = *others[c];
  const bool before = other.secret.begin < owner.secret.begin;
  const std::uint32_t lines = before ? owner.at.line - other.at.line : other.at.line - owner.at.line;
  const std::uint64_t bytes =
      before ? owner.secret.begin - other.secret.begin : other.secret.begin - owner.secret.begin;
  return {lines, before, bytes, o, c};
}

/// The pairs worth looking at, nearest first. Of a long list only the nearest four on either
/// side of an owner count, so that a file with many keys stays linear.
std::vector<Pair> near_pairs(const Group& owners, const Group& others, unsigned within) {
  std::vector<Pair> pairs;
  for (std::size_t o = 0; o < owners.size(); ++o) {
    const auto middle = std::lower_bound(others.begin(), others.end(), owners[o]->secret.begin,
                                         [](const Reading* r, std::uint64_t at) { return r->secret.begin < at; });
    const auto at = static_cast<std::size_t>(middle - others.begin());
    for (std::size_t c = at - std::min<std::size_t>(at, 4); c < std::min(at + 4, others.size()); ++c) {
      const Pair pair = make_pair(owners, others, o, c);
      if (pair.lines <= within && others[c] != owners[o]) pairs.push_back(pair);
    }
  }
  std::sort(pairs.begin(), pairs.end());
  return pairs;
}

/// companion of each owner, nullptr where there is none. A secret goes to one owner (and to
/// those with the same value); a host or a user name may serve several.
Group match(std::string_view bytes, const Group& owners, const Group& others, const CompanionRule& rule) {
  Group out(owners.size(), nullptr);
  std::vector<bool> taken(others.size(), false);
  const bool shared = is_public_role(rule.role);
  for (const Pair& pair : near_pairs(owners, others, rule.within_lines)) {
    if (out[pair.owner] != nullptr || (taken[pair.companion] && !shared)) continue;
    out[pair.owner] = others[pair.companion];
    taken[pair.companion] = true;
  }
  std::map<std::string_view, const Reading*> by_value;
  for (std::size_t o = 0; o < owners.size(); ++o)
    if (out[o] != nullptr) by_value.emplace(owners[o]->secret.of(bytes), out[o]);
  for (std::size_t o = 0; o < owners.size(); ++o)
    if (const auto it = by_value.find(owners[o]->secret.of(bytes)); out[o] == nullptr && it != by_value.end())
      out[o] = it->second;
  return out;
}

bool by_place(const Reading* a, const Reading* b) {
  return std::tie(a->secret, a->index) < std::tie(b->secret, b->index);
}

/// A kept reading with the companions that were found for it.
struct Owner {
  const Reading* reading = nullptr;
  std::vector<Companion> companions;
  Group helpers;  // the companions that never stand alone
  bool complete = true;
};

class Pairing {
 public:
  Pairing(std::string_view bytes, const std::vector<Reading>& readings) : bytes_(bytes), readings_(readings) {
    Claims claims;
    for (const Reading* reading : most_specific(readings_, false, claims)) owners_.push_back({reading, {}, {}, true});
    Claims strong;
    for (const Owner& owner : owners_)
      if (owner.reading->anchor != Pattern::Anchor::context) strong.claim(owner.reading->secret);
    helpers_ = most_specific(readings_, true, strong);
    std::sort(owners_.begin(), owners_.end(),
              [](const Owner& a, const Owner& b) { return by_place(a.reading, b.reading); });
    std::sort(helpers_.begin(), helpers_.end(), by_place);
  }

  std::vector<Reading> run() {
    std::map<const TokenRule*, std::vector<std::size_t>> by_rule;
    for (std::size_t i = 0; i < owners_.size(); ++i) by_rule[owners_[i].reading->rule].push_back(i);
    for (const auto& [rule, members] : by_rule)
      for (const CompanionRule& wanted : rule->companions) pair(members, wanted);
    return survivors();
  }

 private:
  void pair(const std::vector<std::size_t>& members, const CompanionRule& wanted) {
    Group owners;
    for (const std::size_t i : members) owners.push_back(owners_[i].reading);
    Group others;
    for (const Reading* helper : helpers_)
      if (is_rule(*helper, *owners.front(), wanted.rule)) others.push_back(helper);
    for (const Owner& owner : owners_)
      if (is_rule(*owner.reading, *owners.front(), wanted.rule)) others.push_back(owner.reading);
    std::sort(others.begin(), others.end(), by_place);
    const Group found = match(bytes_, owners, others, wanted);
    for (std::size_t i = 0; i < members.size(); ++i) attach(owners_[members[i]], found[i], wanted);
  }

  void attach(Owner& owner, const Reading* companion, const CompanionRule& wanted) {
    if (companion == nullptr) {
      owner.complete = owner.complete && !wanted.required;
      return;
    }
    owner.companions.push_back(
        {wanted.role, Secret(std::string(companion->secret.of(bytes_))), !is_public_role(wanted.role)});
    used_.push_back(companion);
    if (companion->rule->only_as_companion) owner.helpers.push_back(companion);
  }

  /// A loose reading of the bytes of somebody's companion.
  bool displaced(const Owner& owner, const Claims& companions) const {
    return owner.reading->anchor == Pattern::Anchor::context && !companions.free(owner.reading->secret) &&
           std::find(used_.begin(), used_.end(), owner.reading) == used_.end();
  }

  /// The bytes of companions. Who is displaced himself displaces nobody, nor does half a credential.
  Claims claims_of_owners() const {
    std::vector<const Owner*> order;
    for (const Owner& owner : owners_)
      if (owner.complete && !owner.helpers.empty()) order.push_back(&owner);
    std::stable_sort(order.begin(), order.end(),
                     [](const Owner* a, const Owner* b) { return more_specific(*a->reading, *b->reading); });
    Claims claims;
    for (const Owner* owner : order)
      if (!displaced(*owner, claims))
        for (const Reading* helper : owner->helpers) claims.claim(helper->secret);
    return claims;
  }

  std::vector<Reading> survivors() {
    std::sort(used_.begin(), used_.end(), by_place);
    used_.erase(std::unique(used_.begin(), used_.end()), used_.end());
    const Claims companions = claims_of_owners();
    std::vector<Reading> out;
    for (Owner& owner : owners_) {
      if (!owner.complete || displaced(owner, companions)) continue;
      out.push_back(*owner.reading);
      std::move(owner.companions.begin(), owner.companions.end(), std::back_inserter(out.back().parts));
    }
    return out;
  }

  std::string_view bytes_;
  const std::vector<Reading>& readings_;
  std::vector<Owner> owners_;  // sorted by place
  Group helpers_;              // readings of rules that never stand alone, sorted by place
  Group used_;                 // companions that found an owner
};

}  // namespace

std::vector<Reading> settle(std::string_view bytes, std::vector<Reading> readings) {
  return Pairing(bytes, readings).run();
}

}  // namespace overreach
