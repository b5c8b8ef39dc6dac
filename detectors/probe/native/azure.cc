// An application signs in with its secret (client credentials), once for Microsoft Graph and once for the resource
// manager. The token for Graph names the permissions itself; the resource manager answers, for each subscription or
// resource group, which actions the caller has, as patterns:
//
//   {"actions": ["*"], "notActions": ["Microsoft.Authorization/*/Write"], "dataActions": [], "notDataActions": []}
//
// Each action of the provider file is compared with them.
#include <algorithm>
#include <cctype>

#include "detectors/probe/native/exchange.h"
#include "detectors/probe/native/jwt.h"
#include "detectors/probe/native/native.h"

namespace overreach {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostSubscriptions = 5;
constexpr std::size_t kMostGroups = 8;
constexpr const char* kManager = "https://management.azure.com";

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

/// `*` stands for any text, '/' included; letters are compared caseless. Linear: only the last star is tried again.
bool matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, from = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      from = t;
    } else if (p < pattern.size() && lower(pattern[p]) == lower(text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++from;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool any_matches(const Json& permission, const char* list, const std::string& action) {
  for (const Json* pattern : select(permission, std::string("/") + list + "/*"))
    if (const auto text = text_of(*pattern); text && matches(*text, action)) return true;
  return false;
}

/// What is done with the data in a resource is granted apart from the resource.
bool is_data_action(const std::string& action) {
  return action.find("/blobs/") != std::string::npos || action.find("/vaults/secrets/") != std::string::npos;
}

bool allows(const Json& permission, const std::string& action) {
  if (is_data_action(action))
    return any_matches(permission, "dataActions", action) && !any_matches(permission, "notDataActions", action);
  return any_matches(permission, "actions", action) && !any_matches(permission, "notActions", action);
}

class Azure {
 public:
  Azure(Session& session, Powers upto)
      : session_(session),
        upto_(std::move(upto)),
        tenant_(companion_of(session, "tenant_id")),
        client_(companion_of(session, "client_id")) {
    heard_.asked = heard_.scopes_named = true;
    if (session.token().kinds.size() == 1) heard_.kind = session.token().kinds[0];
  }

  Reach run() {
    if (tenant_.empty() || client_.empty())
      return unknown_reach(session_, "was not asked: tenant and application id do not both stand beside the secret",
                           upto_);
    const auto graph = sign_in("https://graph.microsoft.com/.default");
    if (!graph) return unknown_reach(session_, graph.error().message, upto_);
    if (auto end = refusal(*graph)) return std::move(*end);
    heard_.alive = true;
    heard_.identity = "application " + session_.safe(client_) + " of tenant " + session_.safe(tenant_);
    take_roles(Secret(text_at(graph->json, "/access_token").value_or("")));
    const auto manager = sign_in(std::string(kManager) + "/.default");
    authorization_ = Secret("Bearer " + (manager ? text_at(manager->json, "/access_token").value_or("") : ""));
    if (authorization_.reveal().size() > std::string_view("Bearer ").size())
      read_subscriptions();
    else
      add_note("it could not sign in to the resource manager");
    heard_.notes.push_back("roles of the directory, of management groups and of single resources were not read");
    return live_reach(session_, heard_, false, upto_);
  }

 private:
  std::string at(const std::string& url) const {
    const auto found = url_at(session_.target(), session_.provider(), url);
    return found ? *found : url;  // Session refuses what is not a host of the provider's
  }

  Result<Answer> sign_in(const std::string& scope) {
    const Secret form("grant_type=client_credentials&client_id=" + url_component(client_) + "&client_secret=" +
                      url_component(session_.token().secret.reveal()) + "&scope=" + url_component(scope));
    return ask(session_,
               read_by_post(at("https://login.microsoftonline.com/" + url_component(tenant_) + "/oauth2/v2.0/token"),
                            "POST /{tenant}/oauth2/v2.0/token", form,
                            "hands out a token of an hour; the secret and the application stay as they are", true));
  }

  /// The end of the conversation, when there is one.
  std::optional<Reach> refusal(const Answer& answer) const {
    const int status = answer.response.status;
    if (status == 200 && text_at(answer.json, "/access_token")) return std::nullopt;
    const std::string code = text_at(answer.json, "/error_codes/0").value_or("");
    const std::string answered = "answered " + std::to_string(status) + " “AADSTS" + session_.safe(code) + "”";
    if (code == "7000215" || code == "7000222") return Dead{session_.provider().title + " " + answered};
    if (code == "700016" || code == "90002")
      return unknown_reach(session_,
                           answered + ": the application or tenant beside the secret is not the one it is for", upto_);
    return unknown_reach(session_, "answered " + std::to_string(status) + " in a way that is not known", upto_);
  }

  /// What could not be read; when the budget is the reason, that is said once.
  void add_note(std::string note) {
    if (!session_.exhausted().empty()) note = "not all was asked, since " + session_.exhausted();
    if (std::find(heard_.notes.begin(), heard_.notes.end(), note) == heard_.notes.end())
      heard_.notes.push_back(std::move(note));
  }

  void take_roles(const Secret& token) {
    const auto claims = jwt_claims(token.reveal());
    if (!claims) {
      heard_.notes.push_back("its permissions in Microsoft Graph could not be read");
      return;
    }
    for (const Json* role : select(*claims, "/roles/*"))
      if (const auto text = text_of(*role)) heard_.scopes.push_back({.scope = session_.safe(*text), .where = Where()});
  }

  Result<Answer> manager(const std::string& path, const std::string& version, const std::string& what) {
    return ask(session_, get_call(at(kManager + path + "?api-version=" + version), "GET " + what, authorization_));
  }

  void read_subscriptions() {
    const auto answer = manager("/subscriptions", "2022-12-01", "/subscriptions");
    if (!answer || answer->response.status != 200) {
      add_note("its subscriptions could not be read");
      return;
    }
    std::size_t count = 0;
    for (const Json* subscription : select(answer->json, "/value/*")) {
      const auto id = text_at(*subscription, "/subscriptionId");
      if (!session_.exhausted().empty()) return;
      if (!id) continue;
      if (count++ == kMostSubscriptions) {
        heard_.notes.push_back("only the first " + std::to_string(kMostSubscriptions) +
                               " subscriptions were asked about");
        return;
      }
      read_subscription(*id, session_.safe(text_at(*subscription, "/displayName").value_or(*id)));
    }
  }

  /// Who has no role on the subscription can have one on a resource group of it.
  void read_subscription(const std::string& id, const std::string& name) {
    const Where where{{"subscription", name}};
    heard_.items.push_back(
        {.type = "subscription", .id = session_.safe(id), .name = name, .where = where, .variables = {}});
    const std::string path = "/subscriptions/" + url_component(id);
    if (read_permissions(path, where)) return;
    const auto groups = manager(path + "/resourcegroups", "2021-04-01", "/subscriptions/{id}/resourcegroups");
    if (!groups || groups->response.status != 200)
      return add_note("the resource groups of " + name + " could not be read");
    std::size_t count = 0;
    for (const Json* group : select(groups->json, "/value/*/name")) {
      const auto text = text_of(*group);
      if (!text || count++ == kMostGroups || !session_.exhausted().empty()) return;
      Where inside = where;
      inside.set("resource_group", session_.safe(*text));
      read_permissions(path + "/resourcegroups/" + url_component(*text), inside);
    }
  }

  /// False when nothing is allowed at this place as a whole.
  bool read_permissions(const std::string& path, const Where& where) {
    const auto answer = manager(path + "/providers/Microsoft.Authorization/permissions", "2022-04-01",
                                "/{scope}/providers/Microsoft.Authorization/permissions");
    if (!answer || answer->response.status != 200) {
      add_note("what it may do could not be read for " + where.text());
      return false;
    }
    const auto permissions = select(answer->json, "/value/*");
    for (const auto& [action, ids] : session_.provider().grants)
      if (action.find('/') != std::string::npos &&
          std::any_of(permissions.begin(), permissions.end(), [&](const Json* p) { return allows(*p, action); }))
        heard_.scopes.push_back({.scope = action, .where = where});
    return !permissions.empty();
  }

  Session& session_;
  Powers upto_;
  std::string tenant_, client_;
  Heard heard_;
  Secret authorization_;
};

}  // namespace

Reach probe_azure(Session& session, Powers upto) { return Azure(session, std::move(upto)).run(); }

}  // namespace overreach
