// What the code uses a token for: its purpose.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/model/capability.h"

namespace overreach {

/// A line that shows a step from the credential to its use.
struct Evidence {
  std::string path;
  std::uint32_t line = 0;  // 1-based
  std::string text;        // the line, trimmed and masked, at most 160 bytes
  std::string what;        // "defines RAILWAY_TOKEN", "passes it as RAILWAY_TOKEN", "runs railway domain"
  auto operator<=>(const Evidence&) const = default;
};

/// How sure we are. Ordered.
enum class Confidence : std::uint8_t {
  unknown,  // code was seen that could not be read: never "needs nothing"
  low,      // a name, a package, a test or a document only
  likely,   // a call reached over a hop or a wrapper
  certain,  // a literal call in reachable code, or the owner's word
};
std::string_view to_string(Confidence confidence);

/// One capability that some code exercises.
struct NeededGrant {
  std::string capability;
  Effect effect = Effect::read;
  Where where;  // restricted only where the code says so literally
  Confidence confidence = Confidence::likely;
  bool declared = false;                     // from overreach.yaml, not from code
  std::vector<Evidence> evidence;            // definition first, use last
  std::vector<std::string> operations = {};  // what exactly is called, in the words of the rules: "get_object"; sorted
};

/// Where a credential is used, as far as the code says it: two of them tell that it is shared.
struct Setting {
  std::string
      environment;      // of the job, or what its name or file say: "production", "staging", "development"; or empty
  std::string service;  // directory with a manifest of its own, or the service of a compose file; empty: the whole
  bool aside = false;   // a test, an example or a document
  Evidence at;
  auto operator<=>(const Setting&) const = default;
};

/// The owner's word in overreach.yaml.
struct Declaration {
  std::string credential;          // name or finding id it is for
  std::vector<std::string> needs;  // capability ids
  Where where;
  std::string reason;
  std::string expires;  // ISO date; empty: no end
  bool expired = false;
  std::vector<std::string> wider;     // declared, but no code does it
  std::vector<std::string> narrower;  // some code does it, but it is not declared
  std::string path;
  std::uint32_t line = 0;
};

/// What a token is for. An empty `grants` with confidence `unknown` means "not known",
/// with any other confidence "no use found in the files read".
struct Need {
  Confidence confidence = Confidence::unknown;
  std::vector<NeededGrant> grants;   // sorted by (capability, where)
  std::vector<Evidence> unresolved;  // uses that were seen and could not be read
  std::vector<std::string> names;    // the names the credential travels under, sorted
  std::vector<Setting> settings;     // of the uses behind `grants`; sorted, unique, at most a few dozen
  std::optional<Declaration> declared;
  std::uint32_t files_read = 0;    // files parsed for this token
  std::uint32_t files_failed = 0;  // files that could not be parsed within the bounds
};

}  // namespace overreach
