// What a key may do is written in IAM policies. Two questions lead there:
//
//     sts:GetCallerIdentity         whose key it is; needs no permission, so it proves life, account and kind
//     iam:SimulatePrincipalPolicy   which of the actions that matter it may call, where the key may ask that
//
// Where the simulator is refused, or says no to an action that may still be allowed on single resources, the policies
// themselves are read (aws_permissions.h) and evaluated (aws_policy.h). GetAccountAuthorizationDetails would tell all
// of it at once and is left alone: it shows the permissions of everybody else in the account as well.
//
// Partitions (commercial, GovCloud, China) do not know each other's keys, so "unknown key" means dead only after each
// of them has been asked. A signature is sent, never the secret.
#include <algorithm>
#include <set>

#include "detectors/probe/assemble.h"
#include "detectors/probe/native/aws_call.h"
#include "detectors/probe/native/aws_permissions.h"
#include "detectors/probe/native/aws_place.h"
#include "detectors/probe/native/native.h"
#include "rules/catalog/action_table.h"

namespace overreach {
namespace {

using Type = AwsCaller::Type;

// Of all that one token may cost.
constexpr unsigned kRequests = 10;
// As many actions as the simulator answers for on one page.
constexpr std::size_t kSimulatedActions = 100;

constexpr AwsPartition kPartitions[] = {
    {"", "sts.amazonaws.com", "iam.amazonaws.com", "us-east-1"},
    {"us-gov-", "sts.us-gov-west-1.amazonaws.com", "iam.us-gov.amazonaws.com", "us-gov-west-1"},
    {"cn-", "sts.cn-north-1.amazonaws.com.cn", "iam.cn-north-1.amazonaws.com.cn", "cn-north-1"},
};

/// What STS said: an error code, or the caller.
struct Said {
  int status = 0;
  std::string code;
  std::string account;
  std::string arn;
};

Said read(const AwsAnswer& answer) {
  return {answer.status(), answer.code(), answer.text("//GetCallerIdentityResult/Account"),
          answer.text("//GetCallerIdentityResult/Arn")};
}

/// Fields of an ARN that say who: "user/ana" of "arn:aws:iam::123456789012:user/ana".
std::string principal(const std::string& arn) {
  std::size_t at = 0;
  for (int colons = 0; colons < 5; ++colons) {
    at = arn.find(':', at);
    if (at == std::string::npos) return {};
    ++at;
  }
  return arn.substr(at);
}

/// Name of a user without its path, role of an assumed role without its session.
AwsCaller caller_of(const Said& said) {
  const std::string who = principal(said.arn);
  AwsCaller caller{.account = said.account, .name = {}, .arn = said.arn};
  const std::size_t slash = who.find('/');
  const std::string word = who.substr(0, slash);
  if (word == "root") caller.type = Type::root;
  if (word == "federated-user") caller.type = Type::federated;
  if (slash == std::string::npos) return caller;
  if (word == "user") {
    caller.type = Type::user;
    caller.name = who.substr(who.rfind('/') + 1);
  } else if (word == "assumed-role") {
    caller.type = Type::role;
    caller.name = who.substr(slash + 1, who.rfind('/') - slash - 1);
    const std::string partition = said.arn.substr(0, said.arn.find(":sts:"));
    caller.arn = partition + ":iam::" + said.account + ":role/" + caller.name;
  }
  return caller;
}

std::string in_lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

/// One row of the provider file's `grants`: an action, and a capability that it gives.
struct Row {
  std::string_view action;
  const Capability* capability;
};

/// All rows of single actions, the worst effects first. Patterns and names of policies are for people.
std::vector<Row> rows_of(const Provider& provider) {
  std::vector<Row> rows;
  for (const auto& [scope, capabilities] : provider.grants) {
    if (scope.find(':') == std::string::npos || scope.find('*') != std::string::npos) continue;
    for (const std::string& id : capabilities)
      if (const Capability* capability = provider.capability(id)) rows.push_back({scope, capability});
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& a, const Row& b) { return a.capability->effect > b.capability->effect; });
  return rows;
}

/// STS answers GetCallerIdentity to everybody; the simulator is asked about the rest.
std::vector<std::string> actions_to_simulate(const std::vector<Row>& rows) {
  std::vector<std::string> actions;
  for (const Row& row : rows)
    if (std::find(actions.begin(), actions.end(), row.action) == actions.end() &&
        row.action != "sts:GetCallerIdentity" && actions.size() < kSimulatedActions)
      actions.emplace_back(row.action);
  return actions;
}

constexpr const char* kCondition = "under a condition that was not evaluated";

/// Turns what was learnt into grants.
class Grants {
 public:
  Grants(const Provider& provider, const AwsCaller& caller, const AwsPermissions& permissions)
      : provider_(provider), caller_(caller), permissions_(permissions) {
    account_.set("account", caller.account);
  }

  void add_all(const std::vector<Row>& rows, Powers& powers) {
    for (const Row& row : rows) add(row, powers.grants);
    // A provider file of the user's own may know no such capability.
    if (const Capability* asked = provider_.capability("identity.read"))
      powers.grants.push_back(grant(*asked, account_, Proof::proven));
    if (!permissions_.all_read) add_unread(rows, powers.grants);
    settle(powers.grants);
    for (const std::string& doubt : doubts_) powers.notes.push_back(doubt);
  }

 private:
  static Grant grant(const Capability& capability, const Where& where, Proof proof) {
    return {.capability = capability.id, .effect = capability.effect, .where = where, .proof = proof};
  }

  const Simulated* simulated(std::string_view action) const {
    const auto it = permissions_.simulated.find(std::string(action));
    return it == permissions_.simulated.end() ? nullptr : &it->second;
  }

  bool denied_everywhere(std::string_view action) const {
    const Simulated* decision = simulated(action);
    return decision != nullptr && decision->decision == Simulated::Decision::denied && decision->certain;
  }

  void add(const Row& row, std::vector<Grant>& out) {
    if (denied_everywhere(row.action)) return;
    const Simulated* decision = simulated(row.action);
    const bool simulator_allows = decision != nullptr && decision->decision == Simulated::Decision::allowed;
    if (simulator_allows) out.push_back(grant(*row.capability, account_, proof(decision->certain, kCondition)));
    if (simulator_allows && decision->certain) return;
    for (const AllowedAt& place : allowed_at(row.action, permissions_.statements)) {
      // What the simulator refuses everywhere, a boundary or the organisation takes away again.
      if (decision != nullptr && !simulator_allows && decision->certain && place.certain && place.resource == "*")
        continue;
      const auto where = aws_place(row.action, *row.capability, place.resource, caller_.account);
      if (where) out.push_back(grant(*row.capability, *where, proof(place)));
    }
  }

  /// What a policy that was not read could still allow.
  void add_unread(const std::vector<Row>& rows, std::vector<Grant>& out) {
    for (const Row& row : rows)
      if (!denied_everywhere(row.action)) out.push_back(grant(*row.capability, account_, Proof::assumed));
  }

  Proof proof(bool certain, const std::string& why) {
    if (!certain) doubts_.insert("part of this is allowed " + why);
    return certain && caller_.type == Type::user ? Proof::proven : Proof::documented;
  }

  Proof proof(const AllowedAt& place) {
    const Proof strongest = proof(place.certain, place.doubt);
    return permissions_.all_read && !permissions_.bounded ? strongest : std::min(strongest, Proof::documented);
  }

  const Provider& provider_;
  const AwsCaller& caller_;
  const AwsPermissions& permissions_;
  Where account_;
  std::set<std::string> doubts_;
};

/// What the table of all actions knows of a pattern that no row of the provider file meets: "destroy (DeleteDatabase)".
/// Empty when it only reads, or names no service.
std::string worst_of(const std::string& pattern) {
  const std::size_t colon = pattern.find(':');
  const ServiceAction* worst = nullptr;
  const std::vector<ServiceAction> actions = aws_actions().of(pattern.substr(0, colon));
  for (const ServiceAction& action : actions)
    if (pattern_covers(pattern.substr(colon + 1), in_lower_case(action.name)) &&
        (worst == nullptr || action.effect > worst->effect))
      worst = &action;
  if (colon == std::string::npos || worst == nullptr || worst->effect == Effect::read) return {};
  return std::string(to_string(worst->effect)) + " (" + std::string(worst->name) + ")";
}

/// Patterns of Allow statements, for people. Those that meet no action of the provider file are not understood; what is
/// known of them besides is said.
void add_scopes(const std::vector<Row>& rows, const AwsPermissions& permissions, const Session& session,
                Powers& powers) {
  constexpr std::size_t kSaid = 5;
  for (const PolicyStatement& statement : permissions.statements) {
    if (!statement.allow || statement.not_action) continue;
    for (const std::string& pattern : statement.actions) {
      const std::string shown = session.safe(pattern);
      powers.scopes.insert(shown);
      const bool known = std::any_of(rows.begin(), rows.end(),
                                     [&](const Row& row) { return patterns_meet(pattern, in_lower_case(row.action)); });
      if (known || !powers.unmapped.insert(shown).second || powers.unmapped.size() > kSaid) continue;
      if (const std::string worst = worst_of(pattern); !worst.empty())
        powers.notes.push_back("a policy allows " + shown + ", of which the worst is " + worst);
    }
  }
}

Powers of_account(const Session& session, const AwsCaller& caller, const std::string& who) {
  Powers powers;
  const std::string account = session.safe(caller.account);
  if (!account.empty()) powers.identity = "account " + account + (who.empty() ? "" : ", " + session.safe(who));
  if (session.token().secret.reveal().rfind("AKIA", 0) == 0) powers.expires = "never";
  Where where;
  where.set("account", account);
  if (!account.empty())
    powers.resources.push_back({.type = "account", .id = account, .name = {}, .where = std::move(where)});
  return powers;
}

/// No policy of the account limits its root user.
void add_everything(const Provider& provider, const Where& where, Powers& powers) {
  for (const std::string& id : provider.expand({"*"}))
    powers.grants.push_back(
        {.capability = id, .effect = provider.capability(id)->effect, .where = where, .proof = Proof::proven});
  settle(powers.grants);
  powers.notes.push_back("this is the key of the account's root user: no policy of the account limits it");
}

/// The bound stands: nothing, or nothing that can be asked, says more.
void add_documented(const Token& token, const Provider& provider, const Where& where, Powers& powers) {
  powers.grants =
      documented_grants(powers.kind.empty() ? token.kinds : std::vector<std::string>{powers.kind}, provider, where);
  powers.notes.push_back("what the key's policies allow was not read; the grants are the documented upper bound");
}

std::string_view kind_of(Type type) {
  switch (type) {
    case Type::root:
      return "root";
    case Type::user:
      return "user";
    case Type::role:
    case Type::federated:
      return "session";
    case Type::other:
      break;
  }
  return {};
}

struct Asked {
  AwsKey key;
  const AwsPartition* partition;
  unsigned requests;  // that are left
};

void add_permissions(Session& session, const Asked& asked, const AwsCaller& caller, Powers& powers) {
  const std::vector<Row> rows = rows_of(session.provider());
  const AwsPermissions permissions =
      read_permissions(session, asked.key, *asked.partition, caller, actions_to_simulate(rows), asked.requests);
  powers.notes.insert(powers.notes.end(), permissions.notes.begin(), permissions.notes.end());
  Grants(session.provider(), caller, permissions).add_all(rows, powers);
  add_scopes(rows, permissions, session, powers);
  if (caller.type == Type::role)
    powers.notes.push_back(
        "this is what its role may do; the policy of the session, which AWS shows to nobody, can allow less");
  if (permissions.simulated.empty() && !permissions.statements.empty())
    powers.notes.push_back(
        "policies of the organisation can deny some of this, and policies of buckets, keys and queues "
        "can allow more; neither was read");
}

Reach live(Session& session, const Said& said, const Asked& asked) {
  const Provider& provider = session.provider();
  const AwsCaller caller = caller_of(said);
  Powers powers = of_account(session, caller, principal(said.arn));
  if (provider.kind(kind_of(caller.type)) != nullptr) powers.kind = kind_of(caller.type);
  Where where;
  where.set("account", session.safe(caller.account));
  if (caller.type == Type::root)
    add_everything(provider, where, powers);
  else if (caller.type == Type::user || caller.type == Type::role)
    add_permissions(session, asked, caller, powers);
  else
    add_documented(session.token(), provider, where, powers);
  return Live{std::move(powers)};
}

enum class Next { stop, other_partition };

/// What one partition said. `reach` is filled unless another partition should be asked.
Next judge_caller(Session& session, const Said& said, const Asked& asked, const Powers& upto, Reach& reach) {
  const std::string answered = "AWS answered " + std::to_string(said.status);
  const std::string coded = answered + " “" + session.safe(said.code) + "”";
  if ((said.status == 200 && !said.arn.empty()) || said.code == "AccessDenied")
    reach = live(session, said, asked);
  else if (said.code == "ExpiredToken" || said.code == "ExpiredTokenException")
    reach = Dead{coded};
  else if (said.code == "InvalidClientTokenId") {
    reach = Dead{coded};
    return Next::other_partition;
  } else if (said.code == "SignatureDoesNotMatch")
    reach = Unknown{coded + ": the key exists, but the secret found beside it is not its secret, or the clock is wrong",
                    upto};
  else if (said.code == "RequestExpired" || said.code == "RequestTimeTooSkewed")
    reach = Unknown{coded + ": the clock of this machine is wrong", upto};
  else if (said.code == "Throttling" || said.status == 429)
    reach = Unknown{answered + ": rate limited", upto};
  else if (said.status >= 300 && said.status < 400)
    reach = Unknown{answered + ": a redirect, which is never followed", upto};
  else
    reach = Unknown{answered + " in a way that is not known", upto};
  return Next::stop;
}

std::string_view companion(const Token& token, std::string_view role) {
  const Companion* found = token.companion(role);
  return found == nullptr ? std::string_view() : found->value.reveal();
}

/// Partitions worth asking: the one the region names, or all that the provider file lists.
std::vector<const AwsPartition*> partitions(const Session& session) {
  const std::string_view region = companion(session.token(), "region");
  if (session.target().overridden) return {&kPartitions[0]};
  std::vector<const AwsPartition*> out;
  for (const AwsPartition& partition : kPartitions)
    if (!partition.region_prefix.empty() && region.substr(0, partition.region_prefix.size()) == partition.region_prefix)
      return {&partition};
  for (const AwsPartition& partition : kPartitions)
    if (host_matches(session.provider().hosts, std::string(partition.sts_host))) out.push_back(&partition);
  return out;
}

}  // namespace

Reach probe_aws(Session& session, Powers upto) {
  const Token& token = session.token();
  const AwsKey key{token.secret.reveal(), companion(token, "secret_access_key"), companion(token, "session_token")};
  if (key.secret.empty()) return Unknown{"AWS was not asked: no secret key was found near the key id", std::move(upto)};
  if (key.session.empty() && key.id.rfind("ASIA", 0) == 0)
    return Unknown{"AWS was not asked: a temporary key needs its session token, and none was found", std::move(upto)};
  Reach reach = Unknown{"AWS was not asked: no STS host is declared", upto};
  unsigned requests = kRequests;
  for (const AwsPartition* partition : partitions(session)) {
    const auto answer = ask_aws(session, key, "sts", partition->sts_host, partition->region, "GetCallerIdentity", {});
    if (!answer) return Unknown{"AWS " + answer.error().message, std::move(upto)};
    if (judge_caller(session, read(*answer), {key, partition, --requests}, upto, reach) == Next::stop) break;
  }
  return reach;
}

}  // namespace overreach
