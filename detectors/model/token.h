// A credential and every place it was seen.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/model/reach.h"
#include "scanner/base/secret.h"
#include "scanner/base/span.h"
#include "scanner/source/source.h"

namespace overreach {

/// One place a token stands at.
struct Site {
  Origin origin;
  std::uint32_t line = 0;          // 1-based
  std::uint32_t column = 0;        // 1-based, bytes
  std::uint32_t end_column = 0;    // exclusive, on the same line (the first one of a multi-line secret)
  std::uint32_t end_line = 0;      // last line of the secret
  std::uint32_t utf16_column = 0;  // the same columns in UTF-16 code units, for SARIF
  std::uint32_t utf16_end_column = 0;
  std::string name;                      // what it is assigned to ("RAILWAY_API_TOKEN"), empty if nothing
  std::string excerpt;                   // the line with every secret on it masked, at most 240 bytes
  std::uint32_t excerpt_column = 0;      // 1-based column of the masked secret in `excerpt`, bytes
  std::uint32_t excerpt_end_column = 0;  // exclusive
  std::vector<std::string> via;  // how it is encoded there, outermost first ("base64"); empty: it stands as it is
  auto operator<=>(const Site&) const = default;
};

/// An identifier that a destructive call would need, seen near the token.
struct NearbyId {
  std::string resource;  // "volume"
  std::string id;        // an identifier, not a secret
  std::string path;
  std::uint32_t line = 0;
  auto operator<=>(const NearbyId&) const = default;
};

/// A second value that belongs to the credential: host, user, account id, secret half.
struct Companion {
  std::string role;     // "secret_access_key", "host", "user", "database"
  Secret value;         // hosts and users too: one rule for everything found in content
  bool secret = false;  // true: never shown, not even masked beyond redacted()
};

/// One distinct credential.
struct Token {
  std::string id;                  // finding id: keyed content id, 16 hex digits, the same wherever it is found
  std::string provider;            // "railway"
  std::string rule;                // "railway/api-token"
  std::string title;               // "Railway API token"
  std::vector<std::string> kinds;  // what it can turn out to be, widest first; offline decoding narrows it
  std::string confidence;          // "sure", "likely", "possible"
  std::string sensitivity;         // "secret", "test", "publishable"
  Secret secret;
  std::string masked;                        // how every report shows it
  std::vector<Companion> companions;         // sorted by role
  std::vector<Site> sites;                   // sorted, unique; never empty
  std::vector<NearbyId> ids;                 // sorted, unique
  std::optional<Powers> decoded;             // what the token itself carries
  std::map<std::string, std::string> facts;  // other offline facts: "account" -> "029608264753", "checksum" -> "valid"
  Environment environment = Environment::unknown;  // carried by the token itself (sk_live_), else unknown

  const Companion* companion(std::string_view role) const;
};

}  // namespace overreach
