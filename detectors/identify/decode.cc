#include "detectors/identify/decode.h"

#include <algorithm>
#include <array>

#include "detectors/identify/encoding.h"
#include "detectors/identify/identify.h"
#include "scanner/base/result.h"

namespace overreach {
namespace {

struct Decoder {
  std::string_view name;
  void (*run)(const TokenRule& rule, const Provider& provider, Token& token);
};

constexpr std::array<Decoder, 13> kDecoders = {{
    {"algolia-secured", decode_algolia_secured},
    {"aws-account", decode_aws_account},
    {"azure-sas", decode_azure_sas},
    {"docker-login", decode_docker_login},
    {"elastic-cloud-id", decode_elastic_cloud_id},
    {"fly-macaroon", decode_fly_macaroon},
    {"gcp-service-account", decode_gcp_service_account},
    {"jwt", decode_jwt},
    {"kubernetes-account", decode_kubernetes_account},
    {"kubernetes-certificate", decode_kubernetes_certificate},
    {"pypi-macaroon", decode_pypi_macaroon},
    {"supabase-jwt", decode_supabase_jwt},
    {"url-login", decode_url_login},
}};

constexpr auto kNames = [] {
  std::array<std::string_view, kDecoders.size()> names{};
  std::transform(kDecoders.begin(), kDecoders.end(), names.begin(), [](const Decoder& d) { return d.name; });
  return names;
}();
static_assert(std::is_sorted(kNames.begin(), kNames.end()));

}  // namespace

std::span<const std::string_view> decoder_names() { return kNames; }

void decode(const TokenRule& rule, const Provider& provider, Token& token) {
  for (const std::string& name : rule.decode) {
    const auto it = std::find_if(kDecoders.begin(), kDecoders.end(), [&](const Decoder& d) { return d.name == name; });
    if (it == kDecoders.end()) throw RuleError("there is no decoder '" + name + "'");
    it->run(rule, provider, token);
  }
  if (token.decoded) tidy(*token.decoded);
}

Powers& decoded_of(Token& token) {
  if (!token.decoded) token.decoded.emplace();
  return *token.decoded;
}

void grant(const Provider& provider, Powers& powers, const std::vector<std::string>& ids, const Where& where,
           Proof proof) {
  for (const std::string& id : provider.expand(ids))
    if (const Capability* capability = provider.capability(id))
      powers.grants.push_back({id, capability->effect, where, proof});
}

bool settle_kind(const Provider& provider, Token& token, std::string_view kind, const Where& where) {
  const KindSpec* spec = provider.kind(kind);
  if (spec == nullptr) return false;
  token.kinds = {spec->id};
  Powers& powers = decoded_of(token);
  powers.kind = spec->id;
  if (powers.expires.empty()) powers.expires = spec->expires;
  grant(provider, powers, spec->grants, where, Proof::decoded);
  grant(provider, powers, spec->may_grant, where, Proof::assumed);
  return true;
}

void grant_scope(const Provider& provider, Powers& powers, std::string_view scope, const Where& where) {
  powers.scopes.insert(plain(scope));
  const auto it = provider.grants.find(std::string(scope));
  if (it == provider.grants.end())
    powers.unmapped.insert(plain(scope));
  else
    grant(provider, powers, it->second, where, Proof::decoded);
}

void tidy(Powers& powers) {
  // Of the same power with two proofs the stronger one says more; Proof sorts last and ascending.
  std::sort(powers.grants.begin(), powers.grants.end());
  std::vector<Grant> grants;
  for (Grant& grant : powers.grants) {
    const bool same =
        !grants.empty() && grants.back().capability == grant.capability && grants.back().where == grant.where;
    if (same)
      grants.back() = std::move(grant);
    else
      grants.push_back(std::move(grant));
  }
  powers.grants = std::move(grants);
  std::sort(powers.resources.begin(), powers.resources.end());
  powers.resources.erase(std::unique(powers.resources.begin(), powers.resources.end()), powers.resources.end());
}

}  // namespace overreach
