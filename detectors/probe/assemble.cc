// Where a capability holds. A kind that cannot be restricted by verb can do everything it
// is documented to do at every resource it was seen to list, so `volume.destroy` is proven at
// each volume. Things that are not listed (domains, variables) are placed at what they lie
// in. Where a list could not be read, the place above it stands for what may be there, and
// the proof drops from proven to documented.
#include "detectors/probe/assemble.h"

#include <algorithm>

namespace overreach {
namespace {

/// A place, and whether what is there was listed.
struct Place {
  Where where;
  bool listed = true;
  auto operator<=>(const Place&) const = default;
};

class Places {
 public:
  Places(const Heard& heard, const ProbeSpec& spec) : heard_(heard), spec_(spec) {
    for (const ProbeStep& step : spec.steps) note_enclosing(step.resources, step.for_each);
  }

  /// Where capabilities on `type` hold.
  std::vector<Place> of(const std::string& type, unsigned depth = 0) const {
    const auto it = spec_.places.find(type);
    if (it != spec_.places.end() && it->second == "everywhere") return {Place{}};
    if (it != spec_.places.end() && it->second != type && depth < kDeepest) return of(it->second, depth + 1);
    std::vector<Place> places = listed(type);
    if (!places.empty()) return places;
    const auto around = enclosing_.find(type);
    if (around != enclosing_.end() && !around->second.empty() && depth < kDeepest) return of(around->second, depth + 1);
    return boundary();
  }

  /// Everything the token does, it does inside these.
  std::vector<Place> boundary() const {
    std::vector<Place> places;
    for (const Item& item : heard_.items)
      if (item.boundary) places.push_back({item.where});
    if (places.empty()) return {Place{}};
    return unique(std::move(places));
  }

 private:
  static constexpr unsigned kDeepest = 8;

  void note_enclosing(const std::vector<ResourceSource>& sources, const std::string& around) {
    for (const ResourceSource& source : sources) {
      enclosing_.emplace(source.type, around);
      note_enclosing(source.inside, source.type);
    }
  }

  std::vector<Place> listed(const std::string& type) const {
    std::vector<Place> places;
    for (const Item& item : heard_.items)
      if (item.type == type) places.push_back({item.where});
    for (const Gap& gap : heard_.gaps)
      if (gap.types.count(type) != 0) places.push_back({gap.where, false});
    return unique(std::move(places));
  }

  static std::vector<Place> unique(std::vector<Place> places) {
    std::sort(places.begin(), places.end());
    places.erase(std::unique(places.begin(), places.end()), places.end());
    return places;
  }

  const Heard& heard_;
  const ProbeSpec& spec_;
  std::map<std::string, std::string> enclosing_;  // type -> type it is listed inside
};

void add(const Provider& provider, const std::string& id, const Where& where, Proof proof, std::vector<Grant>& out) {
  if (const Capability* capability = provider.capability(id))
    out.push_back({.capability = id, .effect = capability->effect, .where = where, .proof = proof});
}

/// The grants of a kind that is proven and cannot be restricted by verb.
void add_kind(const KindSpec& kind, const Provider& provider, const Places& places, std::vector<Grant>& out) {
  const auto place_all = [&](const std::vector<std::string>& ids, Proof seen, Proof unseen) {
    for (const std::string& id : provider.expand(ids)) {
      const Capability* capability = provider.capability(id);
      if (capability == nullptr) continue;
      for (const Place& place : places.of(capability->resource))
        add(provider, id, place.where, place.listed ? seen : unseen, out);
    }
  };
  place_all(kind.grants, Proof::proven, Proof::documented);
  place_all(kind.may_grant, Proof::assumed, Proof::assumed);
}

/// Maps named scopes to capabilities; what the file does not know goes to `unmapped`.
void add_scopes(const Heard& heard, const Provider& provider, const Places& places, Powers& powers) {
  for (const NamedScope& scope : heard.scopes) {
    if (!scope.shown) powers.scopes.insert(scope.scope);
    const auto it = provider.grants.find(scope.scope);
    if (it == provider.grants.end()) {
      powers.unmapped.insert(scope.scope);
      continue;
    }
    for (const std::string& id : provider.expand(it->second)) {
      if (scope.where)
        add(provider, id, *scope.where, Proof::proven, powers.grants);
      else
        for (const Place& place : places.boundary()) add(provider, id, place.where, Proof::proven, powers.grants);
    }
  }
}

std::vector<Resource> resources_of(const Heard& heard) {
  std::vector<Resource> out;
  for (const Item& item : heard.items)
    if (!item.hidden) out.push_back({.type = item.type, .id = item.id, .name = item.name, .where = item.where});
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::vector<std::string> possible_kinds(const Heard& heard, const Token& token) {
  return heard.kind.empty() ? token.kinds : std::vector<std::string>{heard.kind};
}

/// What the scopes or the kind give; the upper bound stays documented where neither is proven.
void add_grants(const Heard& heard, const Token& token, const Provider& provider, Powers& powers) {
  const Places places(heard, provider.probe);
  const auto add_documented = [&](const Where& where) {
    auto grants = documented_grants(possible_kinds(heard, token), provider, where);
    powers.grants.insert(powers.grants.end(), grants.begin(), grants.end());
  };
  const KindSpec* kind = provider.kind(heard.kind);
  if (kind != nullptr && !kind->by_verb) {
    add_kind(*kind, provider, places, powers.grants);
    add_scopes(heard, provider, places, powers);
    return;
  }
  add_scopes(heard, provider, places, powers);
  for (const Where& where : heard.unread)
    for (const Place& place : where.everywhere() ? places.boundary() : std::vector<Place>{{where}})
      add_documented(place.where);
  if (heard.scopes_named) return;
  if (token.decoded) {
    powers.grants.insert(powers.grants.end(), token.decoded->grants.begin(), token.decoded->grants.end());
    return;
  }
  for (const Place& place : places.boundary()) add_documented(place.where);
}

std::string expiry_of(const Heard& heard, const Token& token, const KindSpec* kind) {
  if (!heard.expires.empty()) return heard.expires;
  if (token.decoded && !token.decoded->expires.empty()) return token.decoded->expires;
  return kind != nullptr && kind->expires == "never" ? "never" : "";
}

Powers powers_from(const Heard& heard, const Token& token, const Provider& provider) {
  Powers powers;
  powers.kind = heard.kind;
  powers.identity = heard.identity;
  if (powers.identity.empty() && token.decoded) powers.identity = token.decoded->identity;
  powers.expires = expiry_of(heard, token, provider.kind(heard.kind));
  add_grants(heard, token, provider, powers);
  settle(powers.grants);
  powers.resources = resources_of(heard);
  powers.notes = heard.notes;
  return powers;
}

}  // namespace

void settle(std::vector<Grant>& grants) {
  std::sort(grants.begin(), grants.end(), [](const Grant& a, const Grant& b) {
    return std::tie(a.capability, a.effect, a.where, b.proof) < std::tie(b.capability, b.effect, b.where, a.proof);
  });
  const auto same = [](const Grant& a, const Grant& b) { return a.capability == b.capability && a.where == b.where; };
  grants.erase(std::unique(grants.begin(), grants.end(), same), grants.end());
}

std::vector<Grant> documented_grants(const std::vector<std::string>& kinds, const Provider& provider,
                                     const Where& where) {
  std::vector<Grant> out;
  for (const std::string& id : kinds) {
    const KindSpec* kind = provider.kind(id);
    if (kind == nullptr) continue;
    for (const std::string& capability : provider.expand(kind->grants))
      add(provider, capability, where, Proof::documented, out);
    for (const std::string& capability : provider.expand(kind->may_grant))
      add(provider, capability, where, Proof::assumed, out);
  }
  settle(out);
  return out;
}

Reach assemble(const Heard& heard, const Token& token, const Provider& provider, Powers upto) {
  if (!heard.asked) return NotProbed{std::move(upto)};
  if (heard.alive) return Live{powers_from(heard, token, provider)};
  if (!heard.unknown.empty()) return Unknown{provider.title + " " + heard.unknown.front(), std::move(upto)};
  if (!heard.dead.empty()) return Dead{provider.title + " " + heard.dead.front()};
  return Unknown{provider.title + " gave no answer that could be read", std::move(upto)};
}

}  // namespace overreach
