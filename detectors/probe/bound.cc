// The upper bound without asking.
#include "detectors/probe/assemble.h"
#include "detectors/probe/canary.h"
#include "detectors/probe/probe.h"

namespace overreach {
namespace {

/// "never" when every kind the token can be lives forever.
std::string common_expiry(const Token& token, const Provider& provider) {
  for (const std::string& id : token.kinds) {
    const KindSpec* kind = provider.kind(id);
    if (kind == nullptr || kind->expires != "never") return {};
  }
  return token.kinds.empty() ? "" : "never";
}

Powers documented(const Token& token, const Provider& provider) {
  Powers powers;
  if (token.kinds.size() == 1) powers.kind = token.kinds[0];
  powers.expires = common_expiry(token, provider);
  powers.grants = documented_grants(token.kinds, provider, Where());
  return powers;
}

}  // namespace

/// What decoding found wins; documentation fills what the token does not carry.
Reach bound(const Token& token, const Catalog& catalog, std::span<const std::string> canary_accounts) {
  const Provider* provider = catalog.find(token.provider);
  Powers powers = provider == nullptr ? Powers() : documented(token, *provider);
  if (const std::string service = canary_service(token, canary_accounts); !service.empty())
    powers.notes.push_back(canary_note(service));
  if (!token.decoded) return NotProbed{std::move(powers)};
  Powers decoded = *token.decoded;
  if (decoded.grants.empty()) decoded.grants = std::move(powers.grants);
  if (decoded.kind.empty()) decoded.kind = powers.kind;
  if (decoded.expires.empty()) decoded.expires = powers.expires;
  decoded.notes.insert(decoded.notes.end(), powers.notes.begin(), powers.notes.end());
  return NotProbed{std::move(decoded)};
}

}  // namespace overreach
