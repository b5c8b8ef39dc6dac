// IAM policies: what a set of documents allows, and where. Pure functions; no network.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "scanner/base/result.h"

namespace overreach {

/// One statement of an identity policy.
struct PolicyStatement {
  bool allow = false;
  bool not_action = false;             // `actions` are what it is not about
  std::vector<std::string> actions;    // "s3:get*", in lower case
  bool not_resource = false;           // `resources` are what it is not about
  std::vector<std::string> resources;  // ARN patterns
  bool conditional = false;            // has a Condition, which is not evaluated
};

/// The statements of a policy document (JSON). An error when it is none, or larger than any that AWS keeps.
Result<std::vector<PolicyStatement>> read_policy(std::string_view json);

/// A document as IAM answers with it: RFC 3986 percent encoding, '+' stands for itself.
std::string percent_decoded(std::string_view text);

/// A part of the world in which an action is allowed.
struct AllowedAt {
  std::string resource;  // ARN pattern; "*" is everything
  bool certain = true;   // false: `doubt` says what was not evaluated
  std::string doubt;     // "under a condition", "except where another statement denies it"
  auto operator<=>(const AllowedAt&) const = default;
};

/// Where `action` ("s3:DeleteObject") is allowed by `statements` taken together: what an Allow gives, less what a Deny
/// takes. Sorted and unique. A Deny that covers a place removes it, one that cuts into it leaves a doubt.
std::vector<AllowedAt> allowed_at(std::string_view action, const std::vector<PolicyStatement>& statements);

/// Does every text that the pattern `inner` matches also match `outer`? '*' is any run, '?' any character. False
/// where that cannot be seen.
bool pattern_covers(std::string_view outer, std::string_view inner);

/// Is there a text that both patterns match?
bool patterns_meet(std::string_view a, std::string_view b);

}  // namespace overreach
