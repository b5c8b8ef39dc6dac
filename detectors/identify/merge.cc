// From sightings in many blobs to one token for each distinct credential.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

#include "detectors/identify/filters.h"
#include "detectors/identify/identify.h"
#include "detectors/identify/reading.h"
#include "scanner/base/hash.h"

namespace overreach {
namespace {

// Part of the identity of every finding: ignore lists and baselines hold ids made with it, so
// it is a constant and no setting or environment variable changes it.
constexpr std::string_view kDomain = "overreach/finding-id/v1";
constexpr double kGuessableBits = 64;
constexpr unsigned kRounds = 20'000;
constexpr std::string_view kIdentityRoles[] = {"host", "user"};

/// The value of a role that the pattern itself captured. A host that merely stands nearby does
/// not make it another credential, or the id would change with the surroundings.
std::string_view captured(const Sighting& sighting, const TokenRule& rule, std::string_view role) {
  for (const CompanionRule& paired : rule.companions)
    if (paired.role == role) return {};
  for (const Companion& companion : sighting.companions)
    if (companion.role == role) return companion.value.reveal();
  return {};
}

/// What makes a credential this one: the same password for two users is two credentials.
using Identity = std::tuple<std::string_view, std::string_view, std::string_view, std::string_view>;

Identity identity(const Sighting& sighting, const Catalog& catalog) {
  const TokenRule& rule = catalog.rule(sighting.rule);
  return {catalog.provider_of(sighting.rule).id, sighting.secret.reveal(), captured(sighting, rule, kIdentityRoles[0]),
          captured(sighting, rule, kIdentityRoles[1])};
}

std::string finding_id(const Identity& identity) {
  const auto& [provider, secret, host, user] = identity;
  std::string message(provider);
  for (const std::string_view part : {secret, host, user}) {
    if (part.empty()) continue;
    message += '\0';
    message += part;
  }
  const bool guessable = entropy(secret) * static_cast<double>(secret.size()) < kGuessableBits;
  const Digest digest = guessable ? stretch(kDomain, message, kRounds) : hmac_sha256(kDomain, message);
  explicit_bzero(message.data(), message.size());
  return hex(digest).substr(0, 16);
}

int anchor_rank(Pattern::Anchor anchor) { return anchor == Pattern::Anchor::context ? 1 : 0; }

int confidence_rank(std::string_view confidence) { return confidence == "sure" ? 0 : confidence == "likely" ? 1 : 2; }

/// Smaller says more about the value.
auto rule_rank(std::uint32_t index, const Catalog& catalog) {
  const TokenRule& rule = catalog.rule(index);
  return std::make_tuple(anchor_rank(catalog.patterns()[index].anchor), confidence_rank(rule.confidence),
                         std::string_view(rule.id));
}

template <class T>
void sort_unique(std::vector<T>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

bool before(const Companion& a, const Companion& b) { return std::tie(a.role, a.value) < std::tie(b.role, b.value); }

/// One companion for each role: the value most places agree on, the smallest of equals.
std::vector<Companion> agree(std::vector<Companion> all) {
  std::sort(all.begin(), all.end(), before);
  std::vector<Companion> out;
  std::size_t best = 0;
  for (std::size_t i = 0; i < all.size();) {
    std::size_t end = i;
    while (end < all.size() && all[end].role == all[i].role && all[end].value == all[i].value) ++end;
    const bool same_role = !out.empty() && out.back().role == all[i].role;
    if (!same_role)
      out.push_back(all[i]);
    else if (end - i > best)
      out.back() = all[i];
    best = same_role ? std::max(best, end - i) : end - i;
    i = end;
  }
  return out;
}

Environment environment_named(std::string_view name) {
  return name.empty() ? Environment::unknown : environment_of(name);
}

void describe(Token& token, const TokenRule& rule, const Provider& provider) {
  token.provider = provider.id;
  token.rule = rule.id;
  token.title = rule.title;
  token.kinds = rule.kinds;
  token.confidence = rule.confidence;
  token.sensitivity = rule.sensitivity;
  token.environment = environment_named(rule.environment);
  token.masked = token.secret.redacted(literal_length(rule, token.secret.reveal()));
  // Whatever fails its check was dropped long before.
  if (!rule.check.empty()) token.facts["checksum"] = "valid";
}

using Members = std::vector<Sighting*>;

Token token_of(const Members& members, const Catalog& catalog) {
  const Sighting* best = *std::min_element(members.begin(), members.end(), [&](const Sighting* a, const Sighting* b) {
    return rule_rank(a->rule, catalog) < rule_rank(b->rule, catalog);
  });
  Token token;
  token.id = finding_id(identity(*best, catalog));
  token.secret = best->secret;
  describe(token, catalog.rule(best->rule), catalog.provider_of(best->rule));
  std::vector<Companion> companions;
  for (Sighting* member : members) {
    std::move(member->sites.begin(), member->sites.end(), std::back_inserter(token.sites));
    std::move(member->ids.begin(), member->ids.end(), std::back_inserter(token.ids));
    companions.insert(companions.end(), member->companions.begin(), member->companions.end());
  }
  token.companions = agree(std::move(companions));
  sort_unique(token.sites);
  sort_unique(token.ids);
  decode(catalog.rule(best->rule), catalog.provider_of(best->rule), token);
  return token;
}

}  // namespace

std::vector<Token> merge(std::vector<Sighting> sightings, const Catalog& catalog) {
  Members order;
  for (Sighting& sighting : sightings) order.push_back(&sighting);
  const auto less = [&](const Sighting* a, const Sighting* b) { return identity(*a, catalog) < identity(*b, catalog); };
  std::sort(order.begin(), order.end(), less);
  std::vector<Token> out;
  for (std::size_t i = 0; i < order.size();) {
    std::size_t end = i + 1;
    while (end < order.size() && !less(order[i], order[end])) ++end;
    out.push_back(token_of(
        Members(order.begin() + static_cast<std::ptrdiff_t>(i), order.begin() + static_cast<std::ptrdiff_t>(end)),
        catalog));
    i = end;
  }
  std::sort(out.begin(), out.end(), [](const Token& a, const Token& b) {
    return std::tie(a.provider, a.rule, a.id) < std::tie(b.provider, b.rule, b.id);
  });
  return out;
}

}  // namespace overreach
