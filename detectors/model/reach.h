// What a token can really do.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "detectors/model/capability.h"

namespace overreach {

/// A resource the provider listed: what an act would hit, and what a recovery would need.
struct Resource {
  std::string type;  // "project", "environment", "volume", "backup", "backup-schedule"
  std::string id;    // provider's id, never a secret
  std::string name;
  Where where;  // the place it lies in, itself included when it is a dimension
  auto operator<=>(const Resource&) const = default;
};

/// The powers of a token as far as they are known. Grants with proof `decoded` or
/// `proven` are the lower bound, all grants together the upper bound.
struct Powers {
  std::string kind;                 // kind id of the provider file; empty: could be several
  std::string identity;             // whose token: "user ana@example.com", "account 029608264753"
  std::string expires;              // ISO 8601 date or date-time, "never", or empty: not known
  std::vector<Grant> grants;        // sorted, unique
  std::vector<Resource> resources;  // sorted, unique
  std::set<std::string> scopes;     // what the provider said, in its own words
  std::set<std::string> unmapped;   // scopes the provider named and our data does not know
  std::vector<std::string> notes;   // sentences a reader should see ("no automatic backups")
};

/// Nobody asked the provider: what decoding and documentation say it may do at most.
struct NotProbed {
  Powers upto;
};
/// We asked, and the answer was no answer. `why` names provider, status and reason.
struct Unknown {
  std::string why;
  Powers upto;
};
/// The provider says that the token is not accepted any more. `why` quotes the status.
struct Dead {
  std::string why;
};
/// The provider accepted it. `grants` may be empty: alive, but powerless.
struct Live {
  Powers powers;
};

/// What a token can do. Unknown is not "nothing": every consumer must say which it means.
using Reach = std::variant<NotProbed, Unknown, Dead, Live>;

/// "not-probed", "unknown", "dead", "live".
std::string_view state_of(const Reach& reach);

/// The powers of any state but Dead; nullptr for Dead.
const Powers* powers_of(const Reach& reach);

}  // namespace overreach
