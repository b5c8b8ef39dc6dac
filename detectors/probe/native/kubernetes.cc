// A Kubernetes API server answers what its caller may do. The questions are POSTs of review objects, which are answered
// and not stored, and which every authenticated user may ask:
//
//   selfsubjectreviews         who am I
//   selfsubjectrulesreviews    what may I do in this namespace; rules for the whole cluster are among the answers
//   selfsubjectaccessreviews   may I do this one thing everywhere: asked only about what some namespace allows
//
// A scope of the provider file is a verb and a resource, "delete persistentvolumeclaims" or "create pods/exec"; each is
// compared with the rules, so the file is the list of what is looked for.
#include <algorithm>
#include <cctype>
#include <set>

#include "detectors/identify/encoding.h"
#include "detectors/probe/native/exchange.h"
#include "detectors/probe/native/native.h"
#include "scanner/base/base64.h"

namespace overreach {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostNamespaces = 12;
constexpr const char* kReview = "a review object is answered and not stored";
constexpr std::size_t kMostEverywhere = 20;  // things asked about for the whole cluster

/// "delete deployments.apps": what a rule allows.
struct Act {
  std::string scope;  // as in the provider file
  Effect worst = Effect::read;
  std::string verb;
  std::string resource;  // with its part: "pods/exec"
  std::string group;     // "" is the core
};

Act act_of(const std::string& scope, const std::vector<std::string>& ids, const Provider& provider) {
  Act act{.scope = scope, .verb = scope.substr(0, scope.find(' ')), .resource = {}, .group = {}};
  for (const std::string& id : ids)
    if (const Capability* capability = provider.capability(id)) act.worst = std::max(act.worst, capability->effect);
  act.resource = scope.substr(std::min(scope.size(), act.verb.size() + 1));
  if (const std::size_t dot = act.resource.find('.'); dot != std::string::npos) {
    act.group = act.resource.substr(dot + 1);
    act.resource.erase(dot);
  }
  return act;
}

bool lists(const Json& rule, const char* field, const std::vector<std::string>& wanted) {
  for (const Json* value : select(rule, std::string("/") + field + "/*"))
    if (const auto text = text_of(*value); text && std::find(wanted.begin(), wanted.end(), *text) != wanted.end())
      return true;
  return false;
}

bool allows(const Json& rule, const Act& act) {
  std::vector<std::string> resources = {"*", act.resource};
  if (const std::size_t part = act.resource.find('/'); part != std::string::npos)
    resources.push_back("*" + act.resource.substr(part));
  return lists(rule, "verbs", {"*", act.verb}) && lists(rule, "apiGroups", {"*", act.group}) &&
         lists(rule, "resources", resources);
}

/// The objects that the rule is for; empty: all.
std::vector<std::string> objects_of(const Json& rule) {
  std::vector<std::string> out;
  for (const Json* name : select(rule, "/resourceNames/*"))
    if (const auto text = text_of(*name)) out.push_back(*text);
  return out;
}

/// "/k8s/clusters/c-1" of a server behind a proxy; empty for most.
std::string path_of(std::string_view server) {
  const std::size_t scheme = server.find("://");
  const std::size_t slash = server.find('/', scheme == std::string_view::npos ? 0 : scheme + 3);
  std::string path(slash == std::string_view::npos ? std::string_view() : server.substr(slash));
  while (!path.empty() && path.back() == '/') path.pop_back();
  const bool plain = std::all_of(path.begin(), path.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view("/-._~").find(static_cast<char>(c)) != std::string_view::npos;
  });
  return plain ? path : std::string();
}

/// As a question: the whole cluster, every verb.
const Act kEverything{.scope = "*", .verb = "*", .resource = "*", .group = "*"};

class Cluster {
 public:
  Cluster(Session& session, Powers upto)
      : session_(session), upto_(std::move(upto)), base_(session.target().base + path_of(server())) {
    heard_.asked = heard_.scopes_named = true;
    for (const auto& [scope, ids] : session.provider().grants) acts_.push_back(act_of(scope, ids, session.provider()));
    std::stable_sort(acts_.begin(), acts_.end(), [](const Act& a, const Act& b) { return a.worst > b.worst; });
    if (session.token().kinds.size() == 1) heard_.kind = session.token().kinds[0];
    if (session.token().decoded) heard_.expires = session.token().decoded->expires;
  }

  Reach run() {
    if (!prepare()) return unknown("was not asked: the client certificate that belongs to the key was not found");
    if (auto end = ask_who()) return std::move(*end);
    read_namespace(first_namespace());
    list_namespaces();
    ask_everywhere();
    read_other_namespaces();
    return live();
  }

 private:
  std::string_view server() const { return companion_of(session_, "server"); }

  Reach unknown(const std::string& why) const {
    const bool unverified = !companion_of(session_, "unverified").empty();
    return unknown_reach(
        session_,
        why + (unverified ? "; its kubeconfig asks not to check certificates, which is always done here" : ""), upto_);
  }

  /// What goes with every request. False when a key has no certificate.
  bool prepare() {
    const Token& token = session_.token();
    if (const auto authority = base64_decode(companion_of(session_, "authority"))) tls_.authority = *authority;
    const auto is_key = [](const std::string& kind) { return kind == "client-certificate" || kind == "masters"; };
    if (std::any_of(token.kinds.begin(), token.kinds.end(), is_key)) {
      tls_.certificate = base64_decode(companion_of(session_, "certificate")).value_or("");
      tls_.key = Secret(base64_decode(token.secret.reveal()).value_or(""));
      return !tls_.certificate.empty() && !tls_.key.empty();
    }
    const std::string user(companion_of(session_, "login"));
    const Secret pair(user + ":" + std::string(token.secret.reveal()));
    authorization_ =
        Secret(user.empty() ? "Bearer " + std::string(token.secret.reveal()) : "Basic " + base64(pair.reveal()));
    return true;
  }

  Result<Answer> send(ProbeMethod method, const std::string& path, const Json& body) {
    PreparedCall call = method == ProbeMethod::post
                            ? read_by_post(base_ + path, "POST " + path, Secret(body.dump()), kReview)
                            : get_call(base_ + path, "GET " + path, Secret());
    call.tls = &tls_;
    if (!authorization_.empty()) call.headers.push_back({"authorization", authorization_});
    return ask(session_, call);
  }

  Result<Answer> review(const std::string& group, const std::string& kind, const Json& spec) {
    std::string plural = kind + "s";
    std::transform(plural.begin(), plural.end(), plural.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    Json body = {{"apiVersion", group + "/v1"}, {"kind", kind}};
    if (!spec.is_null()) body["spec"] = spec;
    return send(ProbeMethod::post, "/apis/" + group + "/v1/" + plural, body);
  }

  static bool made(const Result<Answer>& answer) {
    return answer && (answer->response.status == 201 || answer->response.status == 200);
  }

  /// The end of the conversation, when there is one. Servers before 1.28 do not know the question; their answer to the
  /// next one says as much about the credential.
  std::optional<Reach> ask_who() {
    auto answer = review("authentication.k8s.io", "SelfSubjectReview", nullptr);
    if (answer && answer->response.status == 404)
      answer = review("authorization.k8s.io", "SelfSubjectRulesReview", {{"namespace", first_namespace()}});
    if (!answer) return unknown(answer.error().message);
    const int status = answer->response.status;
    if (status == 401) return Dead{"Kubernetes answered 401"};
    const auto kind = text_at(answer->json, "/kind");
    if (!kind || (!made(answer) && !(status == 403 && kind == "Status")))
      return unknown("answered " + std::to_string(status) + " in a way that is not known");
    const auto name = text_at(answer->json, "/status/userInfo/username");
    if (name == "system:anonymous") return unknown("took the caller for nobody: the credential was not looked at");
    if (name) heard_.identity = identity(*name, answer->json);
    heard_.alive = true;
    return std::nullopt;
  }

  std::string identity(const std::string& name, const Json& json) const {
    std::string out = "user " + session_.safe(name);
    std::size_t count = 0;
    for (const Json* group : select(json, "/status/userInfo/groups/*")) {
      const auto text = text_of(*group);
      if (!text || *text == "system:authenticated" || count == 3) continue;
      out += (count++ == 0 ? " in group " : ", ") + session_.safe(*text);
    }
    return out;
  }

  std::string first_namespace() const {
    if (const auto named = companion_of(session_, "namespace"); !named.empty()) return std::string(named);
    const auto fact = session_.token().facts.find("namespace");
    return fact == session_.token().facts.end() ? "default" : fact->second;
  }

  /// Not all was read, and why; when the budget is the reason, that is said once.
  void leave_open(std::string note) {
    complete_ = false;
    if (!session_.exhausted().empty()) note = "not all was asked, since " + session_.exhausted();
    if (std::find(heard_.notes.begin(), heard_.notes.end(), note) == heard_.notes.end())
      heard_.notes.push_back(std::move(note));
  }

  /// Who may do everything everywhere may do it in each of them.
  void read_other_namespaces() {
    if (everywhere_.size() == acts_.size()) return;
    for (std::size_t i = 0; i < namespaces_.size() && i < kMostNamespaces && session_.exhausted().empty(); ++i)
      if (namespaces_[i] != first_namespace()) read_namespace(namespaces_[i]);
  }

  void read_namespace(const std::string& name) {
    const auto answer = review("authorization.k8s.io", "SelfSubjectRulesReview", {{"namespace", name}});
    const std::string shown = session_.safe(name);
    if (!made(answer)) {
      leave_open("what it may do in the namespace " + shown + " could not be read");
      return;
    }
    if (text_at(answer->json, "/status/incomplete") == "true") {
      leave_open("the server does not know all rules of the namespace " + shown);
    }
    const Where where{{"namespace", shown}};
    heard_.items.push_back({.type = "namespace", .id = shown, .name = shown, .where = where, .variables = {}});
    for (const Json* rule : select(answer->json, "/status/resourceRules/*")) take_rule(*rule, where);
  }

  void take_rule(const Json& rule, const Where& where) {
    const std::vector<std::string> objects = objects_of(rule);
    all_allowed_ |= objects.empty() && allows(rule, kEverything);
    bool known = false;
    for (const Act& act : acts_) {
      if (!allows(rule, act)) continue;
      known = true;
      if (objects.empty()) allowed_.insert(act.scope);
      if (objects.empty()) heard_.scopes.push_back({.scope = act.scope, .where = where});
      for (const std::string& object : objects) {
        Where there = where;
        there.set("object", session_.safe(object));
        heard_.scopes.push_back({.scope = act.scope, .where = there});
      }
    }
    if (!known) note_strange(rule);
  }

  /// A right to change something that the provider file does not name, such as a custom resource.
  void note_strange(const Json& rule) {
    for (const Json* resource : select(rule, "/resources/*"))
      for (const Json* verb : select(rule, "/verbs/*")) {
        const auto what = text_of(*resource);
        const auto does = text_of(*verb);
        const bool reads = does == "get" || does == "list" || does == "watch";
        // What every user may do: ask about itself.
        if (!what || !does || reads || what->rfind("selfsubject", 0) == 0) continue;
        heard_.scopes.push_back({.scope = session_.safe(*does + " " + *what), .where = Where()});
      }
  }

  void list_namespaces() {
    const auto answer = send(ProbeMethod::get, "/api/v1/namespaces?limit=50", nullptr);
    if (!made(answer) || !select(answer->json, "/items").front()->is_array()) {
      leave_open("it may not list namespaces; others than " + session_.safe(first_namespace()) +
                 " were not asked about");
      return;
    }
    for (const Json* name : select(answer->json, "/items/*/metadata/name"))
      if (auto text = text_of(*name)) namespaces_.push_back(std::move(*text));
    const bool more = !text_at(answer->json, "/metadata/continue").value_or("").empty();
    if (!more && namespaces_.size() <= kMostNamespaces) return;
    leave_open("there are more namespaces than were asked about");
  }

  /// What one namespace allows may hold in all of them, and for what lies in none.
  void ask_everywhere() {
    if (all_allowed_ && may_everywhere(kEverything) == true) {
      for (const Act& act : acts_) everywhere_.insert(act.scope);
      return;
    }
    std::size_t asked = 0;
    for (const Act& act : acts_) {
      if (allowed_.count(act.scope) == 0) continue;
      if (asked++ == kMostEverywhere) return cut_off();
      const std::optional<bool> may = may_everywhere(act);
      if (!may) return cut_off();
      if (*may) everywhere_.insert(act.scope);
    }
  }

  /// Nothing when the server did not say.
  std::optional<bool> may_everywhere(const Act& act) {
    const std::size_t part = act.resource.find('/');
    Json attributes = {{"verb", act.verb}, {"group", act.group}, {"resource", act.resource.substr(0, part)}};
    if (part != std::string::npos) attributes["subresource"] = act.resource.substr(part + 1);
    const auto answer = review("authorization.k8s.io", "SelfSubjectAccessReview", {{"resourceAttributes", attributes}});
    if (!made(answer)) return std::nullopt;
    return text_at(answer->json, "/status/allowed") == "true";
  }

  void cut_off() { leave_open("not every power was asked about for the whole cluster"); }

  /// Where not all was read, what is documented stays possible.
  Reach live() {
    std::erase_if(heard_.scopes, [&](const NamedScope& named) { return everywhere_.count(named.scope) != 0; });
    for (const std::string& scope : everywhere_) heard_.scopes.push_back({.scope = scope, .where = Where()});
    return live_reach(session_, heard_, complete_, upto_);
  }

  Session& session_;
  Powers upto_;
  std::string base_;
  Heard heard_;
  std::vector<Act> acts_;
  TlsCertificates tls_;
  Secret authorization_;
  std::vector<std::string> namespaces_;
  std::set<std::string> allowed_;     // scopes that some namespace allows
  std::set<std::string> everywhere_;  // scopes that hold in the whole cluster
  bool all_allowed_ = false;          // some rule has every verb on everything
  bool complete_ = true;              // every namespace was read to its end
};

}  // namespace

Reach probe_kubernetes(Session& session, Powers upto) {
  if (!session.target().self_hosted && !session.target().overridden)
    return Unknown{"Kubernetes was not asked: no kubeconfig says which server it is for", std::move(upto)};
  return Cluster(session, std::move(upto)).run();
}

}  // namespace overreach
