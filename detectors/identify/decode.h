// What offline decoders share. Each decoder is one function in one file, found by its name
// through the table in decode.cc. None of them verifies a signature or fetches anything:
// they read what the token says about itself, which is what its reach will be at most.
#pragma once

#include <string_view>
#include <vector>

#include "detectors/model/token.h"
#include "rules/catalog/provider.h"

namespace overreach {

void decode_algolia_secured(const TokenRule& rule, const Provider& provider, Token& token);
void decode_aws_account(const TokenRule& rule, const Provider& provider, Token& token);
void decode_azure_sas(const TokenRule& rule, const Provider& provider, Token& token);
void decode_docker_login(const TokenRule& rule, const Provider& provider, Token& token);
void decode_elastic_cloud_id(const TokenRule& rule, const Provider& provider, Token& token);
void decode_fly_macaroon(const TokenRule& rule, const Provider& provider, Token& token);
void decode_gcp_service_account(const TokenRule& rule, const Provider& provider, Token& token);
void decode_jwt(const TokenRule& rule, const Provider& provider, Token& token);
void decode_kubernetes_account(const TokenRule& rule, const Provider& provider, Token& token);
void decode_kubernetes_certificate(const TokenRule& rule, const Provider& provider, Token& token);
void decode_pypi_macaroon(const TokenRule& rule, const Provider& provider, Token& token);
void decode_supabase_jwt(const TokenRule& rule, const Provider& provider, Token& token);
void decode_url_login(const TokenRule& rule, const Provider& provider, Token& token);

/// Token.decoded, made when it is not there yet.
Powers& decoded_of(Token& token);

/// Adds one grant for each capability of `ids` (with "*" and `includes` expanded).
void grant(const Provider& provider, Powers& powers, const std::vector<std::string>& ids, const Where& where,
           Proof proof);

/// The token is of this kind: narrows Token.kinds, and grants what the kind grants, as decoded
/// at `where`. Does nothing and returns false when the provider's file has no such kind.
bool settle_kind(const Provider& provider, Token& token, std::string_view kind, const Where& where);

/// The token carries this scope: grants what the provider's `grants` say it gives, or records
/// it as unmapped.
void grant_scope(const Provider& provider, Powers& powers, std::string_view scope, const Where& where);

/// Sorts and removes duplicates; called once after all decoders of a token.
void tidy(Powers& powers);

}  // namespace overreach
