// A provider file in memory. rules/README.md documents every field.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/model/capability.h"
#include "rules/catalog/probe_spec.h"

namespace overreach {

/// A second rule's match that belongs to this token.
struct CompanionRule {
  std::string role;  // "secret_access_key"
  std::string rule;  // id of another token rule of the same provider
  unsigned within_lines = 5;
  bool required = false;  // without it the token is not reported
};

struct TokenRule {
  std::string id;  // "railway/api-token"
  std::string title;
  std::vector<std::string> kinds;   // widest first
  std::vector<std::string> prefix;  // literals at the start of the match
  std::vector<std::string> inside;  // literals inside the match
  std::vector<std::string> near;    // literals near the match
  unsigned before = 0, after = 0;   // `within`: how far from a `near` (or `inside`) literal the match may reach, bytes
  bool named = false;               // `assigned`: the name is part of the match
  bool shaped = false;              // `assigned`: values begin alike and would be known without the name
  std::string pattern;              // RE2; group `secret` is the credential, other groups are companions by name
  unsigned max_length = 512;
  std::vector<std::string> not_near;  // words just left of the value that make it an identifier
  double entropy = 0;                 // bits per character of the secret group, 0: not checked
  std::string check;                  // named checksum; a failing value is dropped
  std::vector<std::string> decode;    // named offline decoders
  std::vector<CompanionRule> companions;
  bool only_as_companion = false;      // never reported alone
  std::string environment;             // "production" for a live-mode prefix, "development" for test mode
  std::string sensitivity = "secret";  // secret · test · publishable
  std::string confidence = "likely";   // sure · likely · possible
  std::vector<std::string> examples;
  std::vector<std::string> non_examples;
};

struct KindSpec {
  std::string id;
  std::string title;
  std::string reach;                   // what the provider documents, one sentence
  std::vector<std::string> grants;     // capability ids; "*": all of the table
  std::vector<std::string> may_grant;  // documentation is unsure: proof `assumed`
  bool by_verb = true;                 // false: the provider cannot restrict this kind by verb, so once the kind is
                                       // proven its grants are proven at every resource it lists
  std::string expires;                 // "never", "1 h", ... empty: set per token
};

/// Keys of ByLanguage.
inline constexpr std::array<std::string_view, 8> kSdkLanguages = {"js",   "py",   "go",  "ruby",
                                                                  "java", "rust", "php", "csharp"};
/// What differs from language to language. Only languages with something to say are there.
using ByLanguage = std::map<std::string, std::vector<std::string>, std::less<>>;

/// Code that exercises a capability. Exactly the forms that are filled in match.
struct UseSpec {
  std::string needs;                   // capability id
  std::vector<std::string> cli;        // "railway volume delete": words; flags are ignored, `*` is any words
  std::vector<std::string> http;       // "DELETE /v2/volumes/*": verb and path, `*` one segment, `**` any rest
  std::vector<std::string> graphql;    // "mutation volumeDelete", "query me": operation and root field
  ByLanguage sdk;                      // member path on the client: "checkout.sessions.create"
  std::vector<std::string> action;     // GitHub Actions `uses:` without the version
  std::vector<std::string> terraform;  // resource types
  std::vector<std::string> sql;        // leading SQL words, caseless: "DROP TABLE"
};

/// How code binds the provider without naming a token.
struct ClientSpec {
  std::vector<std::string> cli;          // program names
  ByLanguage packages;                   // as an import or a manifest names them: "@octokit/rest", "boto3"
  std::vector<std::string> construct;    // class or function that makes a client: "Stripe", "WebClient"
  std::vector<std::string> url_schemes;  // connection strings: "postgres", "postgresql"
};

/// How a dimension of Where is written down in code.
struct DimensionSpec {
  std::string name;                // "environment"
  std::vector<std::string> flags;  // CLI flags that name it: "--environment", "-e"
  std::vector<std::string> env;    // variables: "RAILWAY_ENVIRONMENT"
  std::vector<std::string> args;   // GraphQL variables and request fields: "environmentId"
};

/// Identifiers worth recording next to a token.
struct IdSpec {
  std::string resource;            // "volume"
  std::vector<std::string> names;  // "volumeId", "RAILWAY_VOLUME_ID"
  std::string pattern;             // RE2 of the identifier itself
};

struct NarrowerKind {
  std::string kind;               // kind id
  std::vector<std::string> fits;  // capability ids it still covers; "*": all of the table
  std::string how;                // where to click, in words
  std::string link;
  std::string note;
};

struct NarrowerSpec {
  bool by_verb = true;              // false: no kind of this provider is narrower by verb, a gate is needed
  std::vector<NarrowerKind> kinds;  // narrowest first
  std::string advice;               // what else reduces the damage
};

/// How the least privilege for a need is asked for, in the provider's own words.
struct LeastSpec {
  std::string form;                 // notation: "iam-policy", "scopes", ...; empty: a list of the keys of `grants`
  std::vector<std::string> scopes;  // '*:read': which keys of `grants` may be asked for; empty: those without '*'
  std::map<std::string, std::vector<std::string>> words;       // capability id -> words
  std::map<std::string, std::vector<std::string>> operations;  // row of `uses` -> words
};

struct StoreSpec {
  std::string path;               // "~/.railway/config.json"
  std::string format;             // json, ini, toml, yaml, netrc, text
  std::vector<std::string> keys;  // JSON pointers or INI keys
  std::string kind;               // kind id of what lies there, if fixed
};

struct Provider {
  std::string id;
  std::string title;
  std::string console;             // where tokens are made and revoked
  std::vector<std::string> hosts;  // the only hosts a probe may talk to; "*.x" allows one tenant label
  std::vector<std::string> env;    // variable names its own tools read
  std::string documented;          // one line on what a token does when no capability is known
  std::vector<TokenRule> tokens;
  std::vector<Capability> capabilities;
  std::vector<KindSpec> kinds;
  std::map<std::string, std::vector<std::string>> grants;  // scope or role -> capability ids
  std::vector<UseSpec> uses;
  ClientSpec clients;
  std::vector<DimensionSpec> where;
  std::vector<IdSpec> ids;
  NarrowerSpec narrower;
  LeastSpec least;
  std::vector<StoreSpec> stores;
  ProbeSpec probe;  // empty: this provider cannot be asked

  const Capability* capability(std::string_view id) const;
  const KindSpec* kind(std::string_view id) const;
  /// `ids` with "*" and `includes` expanded; sorted, unique. Ids that do not exist are dropped
  /// (the rule compiler rejects them).
  std::vector<std::string> expand(const std::vector<std::string>& ids) const;
};

/// Reads the JSON form of a provider file that has passed the schema.
Provider provider_from_json(const nlohmann::json& json);

}  // namespace overreach
