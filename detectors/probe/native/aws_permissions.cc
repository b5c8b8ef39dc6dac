#include "detectors/probe/native/aws_permissions.h"

#include <algorithm>
#include <optional>

namespace overreach {
namespace {

using Type = AwsCaller::Type;

/// A user, group or role, and the words of the requests about it.
struct Principal {
  std::string kind;  // "User", "Group", "Role"
  std::string name;
};

struct PolicyName {
  Principal owner;
  std::string name;
  std::string arn;  // of a managed policy; empty: inline
};

/// Documents that AWS keeps and that everybody has read: no request is spent on them.
std::string_view known_document(std::string_view arn) {
  constexpr std::pair<std::string_view, std::string_view> kKnown[] = {
      {"::aws:policy/AdministratorAccess", R"({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})"},
      {"::aws:policy/PowerUserAccess",
       R"({"Statement": {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*"}})"},
  };
  for (const auto& [end, document] : kKnown)
    if (arn.size() > end.size() && arn.substr(arn.size() - end.size()) == end) return document;
  return {};
}

bool is_refusal(const std::string& code) {
  return code == "AccessDenied" || code == "AccessDeniedException" || code == "UnauthorizedOperation";
}

Simulated simulated(const std::string& decision, bool certain) {
  using enum Simulated::Decision;
  if (decision == "allowed") return {allowed, certain};
  return {decision == "explicitDeny" ? denied : not_allowed, certain};
}

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + text;
  return out;
}

class Conversation {
 public:
  Conversation(Session& session, const AwsKey& key, const AwsPartition& partition, unsigned requests)
      : session_(session), key_(key), partition_(partition), left_(requests) {}

  AwsPermissions run(const AwsCaller& caller, const std::vector<std::string>& actions) {
    principal_ = {caller.type == Type::user ? "User" : "Role", caller.name};
    simulate(caller.arn, actions);
    if (!everything_allowed(actions)) read_policies();
    add_notes();
    said_.all_read = missing_.empty() && trouble_.empty();
    return std::move(said_);
  }

 private:
  enum class Need { wanted, optional };

  /// One request; nothing when there was no answer to it. What is wanted and missed is remembered.
  std::optional<AwsAnswer> ask(const char* action, const AwsParameters& parameters, Need need = Need::wanted) {
    if (!trouble_.empty()) return std::nullopt;
    if (left_ == 0) {
      trouble_ = "the budget of requests for one token was used up";
      return std::nullopt;
    }
    --left_;
    auto answer = ask_aws(session_, key_, "iam", partition_.iam_host, partition_.region, action, parameters);
    if (!answer) {
      trouble_ = "IAM " + answer.error().message;
      return std::nullopt;
    }
    if (answer->ok()) {
      said_.may_read = true;
      return std::move(*answer);
    }
    code_ = answer->code();
    const std::string answered = "IAM answered " + std::to_string(answer->status());
    if (code_.empty())
      trouble_ = answered + " in a way that is not known";
    else if (answer->throttled())
      trouble_ = answered + " “" + session_.safe(code_) + "”: rate limited";
    else if (need == Need::wanted)
      missing_.push_back(is_refusal(code_) ? std::string("iam:") + action
                                           : answered + " “" + session_.safe(code_) + "”");
    return std::nullopt;
  }

  /// The ARN of an assumed role lacks the role's path; where that is the reason for "no such role", GetRole knows it.
  void simulate(const std::string& arn, const std::vector<std::string>& actions) {
    code_.clear();
    if (run_simulator(arn, actions) || code_ != "NoSuchEntity" || principal_.kind != "Role") return;
    const std::string full = read_principal();
    if (!full.empty() && full != arn) run_simulator(full, actions);
  }

  bool run_simulator(const std::string& arn, const std::vector<std::string>& actions) {
    AwsParameters parameters = {{"PolicySourceArn", arn}};
    for (std::size_t i = 0; i < actions.size(); ++i)
      parameters.emplace_back("ActionNames.member." + std::to_string(i + 1), actions[i]);
    const auto answer = ask("SimulatePrincipalPolicy", parameters, Need::optional);
    if (!answer) return false;
    for (const auto& row : answer->rows("//EvaluationResults/member", {"EvalActionName", "EvalDecision"}))
      said_.simulated[row[0]] = simulated(row[1], true);
    for (const auto& row :
         answer->rows("//EvaluationResults/member[MissingContextValues/member]", {"EvalActionName", "EvalDecision"}))
      said_.simulated[row[0]] = simulated(row[1], false);
    return true;
  }

  bool everything_allowed(const std::vector<std::string>& actions) const {
    return std::all_of(actions.begin(), actions.end(), [&](const std::string& action) {
      const auto it = said_.simulated.find(action);
      return it != said_.simulated.end() && it->second.decision == Simulated::Decision::allowed && it->second.certain;
    });
  }

  /// The full ARN; a permissions boundary is noted on the way.
  std::string read_principal() {
    principal_read_ = true;
    const bool user = principal_.kind == "User";
    const auto answer =
        user ? ask("GetUser", {{"UserName", principal_.name}}) : ask("GetRole", {{"RoleName", principal_.name}});
    if (!answer) return {};
    const std::string boundary = answer->text("//PermissionsBoundary/PermissionsBoundaryArn");
    if (!boundary.empty()) {
      said_.bounded = true;
      said_.notes.push_back("its permissions boundary " + session_.safe(boundary) +
                            " can take away some of this; it was not evaluated");
    }
    return answer->text(user ? "//User/Arn" : "//Role/Arn");
  }

  void read_policies() {
    std::vector<PolicyName> names;
    list_policies(principal_, names);
    if (principal_.kind == "User")
      for (const std::string& group : groups()) list_policies({"Group", group}, names);
    // The simulator has taken the boundary into account.
    if (said_.simulated.empty() && !principal_read_) read_principal();
    std::stable_partition(names.begin(), names.end(), [](const PolicyName& name) { return name.arn.empty(); });
    for (const PolicyName& name : names) read_one(name);
  }

  std::vector<std::string> groups() {
    std::vector<std::string> out;
    const auto answer = ask("ListGroupsForUser", {{"UserName", principal_.name}});
    if (!answer) return out;
    for (const auto& row : answer->rows("//Groups/member", {"GroupName"})) out.push_back(row[0]);
    note_pages(*answer);
    return out;
  }

  void list_policies(const Principal& owner, std::vector<PolicyName>& out) {
    const AwsParameters who = {{owner.kind + "Name", owner.name}};
    if (const auto answer = ask(("ListAttached" + owner.kind + "Policies").c_str(), who)) {
      for (const auto& row : answer->rows("//AttachedPolicies/member", {"PolicyName", "PolicyArn"}))
        out.push_back({owner, row[0], row[1]});
      note_pages(*answer);
    }
    if (const auto answer = ask(("List" + owner.kind + "Policies").c_str(), who)) {
      for (const auto& row : answer->rows("//PolicyNames/member", {""})) out.push_back({owner, row[0], {}});
      note_pages(*answer);
    }
  }

  void note_pages(const AwsAnswer& answer) {
    if (answer.text("//IsTruncated") == "true") missing_.push_back("a second page of policies");
  }

  void read_one(const PolicyName& name) {
    if (const std::string_view document = known_document(name.arn); !document.empty()) return add(document);
    if (name.arn.empty()) {
      const auto answer = ask(("Get" + name.owner.kind + "Policy").c_str(),
                              {{name.owner.kind + "Name", name.owner.name}, {"PolicyName", name.name}});
      if (answer) add(percent_decoded(answer->text("//PolicyDocument")));
      return;
    }
    const auto policy = ask("GetPolicy", {{"PolicyArn", name.arn}});
    if (!policy) return;
    const auto version =
        ask("GetPolicyVersion", {{"PolicyArn", name.arn}, {"VersionId", policy->text("//DefaultVersionId")}});
    if (version) add(percent_decoded(version->text("//PolicyVersion/Document")));
  }

  void add(std::string_view document) {
    auto statements = read_policy(document);
    if (!statements) return missing_.push_back(statements.error().message);
    said_.statements.insert(said_.statements.end(), statements->begin(), statements->end());
  }

  void add_notes() {
    std::sort(missing_.begin(), missing_.end());
    missing_.erase(std::unique(missing_.begin(), missing_.end()), missing_.end());
    if (!missing_.empty())
      said_.notes.push_back("not all of its policies could be read (" + joined(missing_) +
                            "): one that was not read can allow more, or deny some of this");
    if (!trouble_.empty()) said_.notes.push_back("its policies were not read to the end: " + trouble_);
  }

  Session& session_;
  const AwsKey& key_;
  const AwsPartition& partition_;
  unsigned left_;
  Principal principal_;
  bool principal_read_ = false;
  std::string code_;                  // error code of the last answer that was none
  std::string trouble_;               // why nothing more is asked
  std::vector<std::string> missing_;  // what a complete picture lacks
  AwsPermissions said_;
};

}  // namespace

AwsPermissions read_permissions(Session& session, const AwsKey& key, const AwsPartition& partition,
                                const AwsCaller& caller, const std::vector<std::string>& actions, unsigned requests) {
  return Conversation(session, key, partition, requests).run(caller, actions);
}

}  // namespace overreach
