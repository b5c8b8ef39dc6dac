// What IAM tells a caller about its own permissions, within a budget of requests.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "detectors/probe/native/aws_call.h"
#include "detectors/probe/native/aws_policy.h"

namespace overreach {

/// Whose key it is, from the ARN that STS names.
struct AwsCaller {
  enum class Type { root, user, role, federated, other };
  Type type = Type::other;
  std::string account;  // twelve digits
  std::string name;     // of the user or the role
  std::string arn;      // of the user or the role; that of an assumed role lacks the role's path
};

/// How the policy simulator decided about one action on all resources.
struct Simulated {
  enum class Decision { allowed, denied, not_allowed };  // denied: by a statement that says Deny
  Decision decision = Decision::not_allowed;
  bool certain = true;  // false: it depends on the circumstances of the call
};

/// Everything that was learnt.
struct AwsPermissions {
  std::map<std::string, Simulated> simulated;  // by action; empty when the simulator was refused
  std::vector<PolicyStatement> statements;     // of the policies that were read
  bool all_read = false;                       // no policy of the caller is missing in `statements`
  bool bounded = false;                        // a permissions boundary was seen and not evaluated
  bool may_read = false;                       // at least one question to IAM was answered
  std::vector<std::string> notes;
};

/// Asks IAM about `caller` (a user or a role) with at most `requests` requests. The simulator comes first: one answer
/// about all `actions`, with groups and boundaries. Where it is refused or leaves narrower permissions open, the
/// policies are read: names first, then inline documents (one request each), then managed ones (two each).
AwsPermissions read_permissions(Session& session, const AwsKey& key, const AwsPartition& partition,
                                const AwsCaller& caller, const std::vector<std::string>& actions, unsigned requests);

}  // namespace overreach
