// Registries tell without a credential who hands out access to them (the Distribution project's "token
// authentication"):
//
//   GET /v2/                        401, www-authenticate: Bearer realm="https://auth…/token",service="registry…"
//   GET realm?service=…&scope=repository:NAME:pull,push,delete      a JSON web token: {"access": [{name, actions}]}
//
// The token service answers what it grants, whether or not it is ever used, so the answer is the list of powers.
// Nothing in the registry changes. A registry that knows users itself (`Basic`) lets each of them in and says nothing
// more: there, reading is proven by reading, and the rest stays a bound.
#include <algorithm>
#include <cctype>

#include "detectors/probe/assemble.h"
#include "detectors/probe/native/exchange.h"
#include "detectors/probe/native/jwt.h"
#include "detectors/probe/native/native.h"
#include "scanner/base/base64.h"

namespace overreach {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostRepositories = 20;  // asked about
constexpr std::size_t kMostReads = 5;          // repositories of a registry without a token service

/// How a registry wants to be asked: `Bearer realm="…",service="…"`.
struct Challenge {
  std::string scheme;  // "basic", "bearer"
  std::string realm;
  std::string service;
};

/// The value of `name="…"` in a header; empty when it is not there.
std::string quoted(std::string_view header, std::string_view name) {
  const std::string open = std::string(name) + "=\"";
  const std::size_t begin = header.find(open);
  if (begin == std::string_view::npos) return {};
  const std::size_t end = header.find('"', begin + open.size());
  return end == std::string_view::npos ? std::string()
                                       : std::string(header.substr(begin + open.size(), end - begin - open.size()));
}

std::vector<Challenge> challenges(const Response& response) {
  std::vector<Challenge> out;
  for (const auto& [name, value] : response.headers) {
    if (name != "www-authenticate") continue;
    Challenge challenge{.scheme = value.substr(0, value.find(' ')),
                        .realm = quoted(value, "realm"),
                        .service = quoted(value, "service")};
    std::transform(challenge.scheme.begin(), challenge.scheme.end(), challenge.scheme.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    out.push_back(std::move(challenge));
  }
  return out;
}

/// "library/redis": what may stand in a path and in a scope.
bool is_repository_name(std::string_view name) {
  return !name.empty() && name.size() <= 255 && name.find("..") == std::string_view::npos &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return std::islower(c) != 0 || std::isdigit(c) != 0 || c == '.' || c == '_' || c == '-' || c == '/';
         });
}

/// User and password as a header. What a configuration file holds is encoded already.
Secret basic(const Session& session) {
  const Token& token = session.token();
  const std::string_view user = companion_of(session, "user");
  if (user.empty() || !companion_of(session, "password").empty())
    return Secret("Basic " + std::string(token.secret.reveal()));
  const Secret pair(std::string(user) + ":" + std::string(token.secret.reveal()));
  return Secret("Basic " + base64(pair.reveal()));
}

Where in_repository(const std::string& name) { return Where{{"repository", name}}; }

/// One registry and what it said.
class Registry {
 public:
  Registry(Session& session, Powers upto) : session_(session), upto_(std::move(upto)), base_(session.target().base) {
    heard_.asked = true;
    if (session.token().kinds.size() == 1) heard_.kind = session.token().kinds[0];
    if (const auto user = companion_of(session, "user"); !user.empty()) heard_.identity = "user " + session.safe(user);
  }

  Reach run() {
    const auto hello = session_.send(get_call(base_ + "/v2/", "GET /v2/", Secret()));
    if (!hello) return unknown(hello.error().message);
    if (hello->status == 200) return unknown("answered 200 without a credential: it lets everybody in");
    const auto offered = challenges(*hello);
    const auto with = [&](std::string_view scheme) {
      return std::find_if(offered.begin(), offered.end(), [&](const Challenge& c) { return c.scheme == scheme; });
    };
    if (const auto bearer = with("bearer"); hello->status == 401 && bearer != offered.end())
      return ask_service(*bearer);
    if (hello->status == 401 && with("basic") != offered.end()) return ask_registry();
    const auto answer = read_answer(*hello);
    return unknown(answer ? "answered " + std::to_string(hello->status) + " as no registry does"
                          : answer.error().message);
  }

 private:
  Reach unknown(const std::string& why) const { return unknown_reach(session_, why, upto_); }

  Result<Answer> read(std::string url, std::string what, const Secret& authorization) {
    return ask(session_, get_call(std::move(url), std::move(what), authorization));
  }

  // --- a registry with users of its own

  Reach ask_registry() {
    const Secret authorization = basic(session_);
    const auto answer = read(base_ + "/v2/", "GET /v2/", authorization);
    if (!answer) return unknown(answer.error().message);
    if (answer->response.status == 401) return Dead{session_.provider().title + " answered 401"};
    if (answer->response.status != 200)
      return unknown("answered " + std::to_string(answer->response.status) + " in a way that is not known");
    heard_.alive = true;
    list_repositories(authorization);
    prove_reading(authorization);
    heard_.notes.push_back(
        "a registry without a token service does not say what a user may do; only reading was tried");
    return live(false);
  }

  void prove_reading(const Secret& authorization) {
    for (std::size_t i = 0; i < names_.size() && i < kMostReads; ++i) {
      const auto answer =
          read(base_ + "/v2/" + names_[i] + "/tags/list", "GET /v2/{repository}/tags/list", authorization);
      if (answer && answer->response.status == 200) show("pull", names_[i]);
    }
  }

  // --- a registry with a token service

  Reach ask_service(const Challenge& challenge) {
    const std::string host = host_of(challenge.realm);
    if (challenge.realm.find_first_of("@#") != std::string::npos || host.empty())
      return unknown("names a token service that is no URL");
    if (!session_.allowed(challenge.realm))
      return unknown("was not asked: its token service is at another host; pass --probe-host " + session_.safe(host));
    auto token = token_for(challenge, {"registry:catalog:*"});
    if (!token) return unknown(token.error().message);
    if (token->reveal().empty()) return Dead{session_.provider().title + " answered 401 at its token service"};
    const auto claims = jwt_claims(token->reveal());
    if (claims && text_at(*claims, "/sub") == "")
      return unknown("gave its token to nobody: the login was not looked at");
    heard_.alive = true;
    if (claims && granted(*claims, "registry", "catalog", "*"))
      list_repositories(Secret("Bearer " + std::string(token->reveal())));
    names_nearby();
    if (!claims) {
      heard_.notes.push_back("its token service hands out tokens that cannot be read");
      return live(false);
    }
    return ask_about_repositories(challenge);
  }

  /// The names found so far, in one question.
  Reach ask_about_repositories(const Challenge& challenge) {
    if (names_.empty()) {
      heard_.notes.push_back("no repository is known to ask the token service about");
      return live(false);
    }
    std::vector<std::string> scopes;
    for (const std::string& name : names_) scopes.push_back("repository:" + name + ":pull,push,delete");
    const auto token = token_for(challenge, scopes);
    const auto claims = token ? jwt_claims(token->reveal()) : std::nullopt;
    if (!claims) {
      heard_.notes.push_back("what it may do in its repositories could not be read");
      return live(false);
    }
    for (const std::string& name : names_)
      for (const char* action : {"pull", "push", "delete"})
        if (granted(*claims, "repository", name, action)) show(action, name);
    heard_.notes.push_back(
        "deleting is refused, whoever asks, where the registry has it switched off; that is not said");
    return live(true);
  }

  /// The token that the service gives for these scopes; an empty one when it does not know the user.
  Result<Secret> token_for(const Challenge& challenge, const std::vector<std::string>& scopes) {
    std::string url = challenge.realm + (challenge.realm.find('?') == std::string::npos ? "?" : "&") +
                      "service=" + url_component(challenge.service);
    for (const std::string& scope : scopes) url += "&scope=" + url_component(scope);
    auto answer = read(std::move(url), "GET token service", basic(session_));
    if (!answer) return tl::unexpected<Error>(answer.error());
    if (answer->response.status == 401) return Secret();
    for (const char* at : {"/token", "/access_token"})
      if (auto text = text_at(answer->json, at); answer->response.status == 200 && text && !text->empty())
        return Secret(std::move(*text));
    return fail(Error::Kind::malformed, "answered " + std::to_string(answer->response.status) +
                                            " at its token service in a way that is not known");
  }

  static bool granted(const Json& claims, std::string_view type, std::string_view name, std::string_view action) {
    for (const Json* access : select(claims, "/access/*")) {
      if (text_at(*access, "/type") != type || text_at(*access, "/name") != name) continue;
      for (const Json* one : select(*access, "/actions/*"))
        if (const auto text = text_of(*one); text && (*text == action || *text == "*")) return true;
    }
    return false;
  }

  // --- what was found

  void list_repositories(const Secret& authorization) {
    const auto answer = read(base_ + "/v2/_catalog?n=100", "GET /v2/_catalog", authorization);
    if (!answer || answer->response.status != 200 || select(answer->json, "/repositories").empty()) return;
    heard_.scopes.push_back({.scope = "registry:catalog:*", .where = Where(), .shown = true});
    for (const Json* name : select(answer->json, "/repositories/*"))
      if (const auto text = text_of(*name)) add_name(*text);
    complete_ = answer->response.header("link").empty() && names_.size() < kMostRepositories;
  }

  void names_nearby() {
    for (const NearbyId& id : session_.token().ids)
      if (id.resource == "repository") add_name(id.id);
  }

  void add_name(const std::string& name) {
    if (!is_repository_name(name) || names_.size() == kMostRepositories ||
        std::find(names_.begin(), names_.end(), name) != names_.end())
      return;
    names_.push_back(name);
    heard_.items.push_back(
        {.type = "repository", .id = name, .name = name, .where = in_repository(name), .variables = {}});
  }

  void show(const std::string& scope, const std::string& repository) {
    heard_.scopes.push_back({.scope = scope, .where = in_repository(repository), .shown = false});
  }

  /// `all_said`: the powers in every known repository were read. What is not known stays possible.
  Reach live(bool all_said) {
    heard_.scopes_named = true;
    return live_reach(session_, heard_, all_said && complete_, upto_);
  }

  Session& session_;
  Powers upto_;
  std::string base_;
  Heard heard_;
  std::vector<std::string> names_;
  bool complete_ = false;  // the registry listed all of its repositories
};

// --- Docker Hub

PreparedCall sign_in(const Session& session, std::string_view user, std::string_view secret) {
  const Json body = {{"identifier", user}, {"secret", secret}};
  return read_by_post(session.target().base + "/v2/auth/token", "POST /v2/auth/token",
                      Secret(body.dump(-1, ' ', false, Json::error_handler_t::replace)),
                      "hands out a token of ten minutes that names the scopes; nothing of the account changes");
}

void list_hub_repositories(Session& session, const std::string& user, const Secret& token, Heard& heard) {
  const auto answer = ask(
      session, get_call(session.target().base + "/v2/namespaces/" + url_component(user) + "/repositories?page_size=100",
                        "GET /v2/namespaces/{user}/repositories", Secret("Bearer " + std::string(token.reveal()))));
  if (!answer || answer->response.status != 200) {
    heard.notes.push_back("its repositories could not be read");
    return;
  }
  for (const Json* name : select(answer->json, "/results/*/name"))
    if (const auto text = text_of(*name)) {
      const std::string full = session.safe(user + "/" + *text);
      heard.items.push_back(
          {.type = "repository", .id = full, .name = full, .where = in_repository(full), .variables = {}});
    }
  if (text_at(answer->json, "/next")) heard.notes.push_back("there are more repositories than were listed");
}

/// What the claims of a session say: the user, and one word for each level of access.
void take_claims(const Session& session, const Json& claims, Heard& heard) {
  if (const auto name = text_at(claims, "/https:~1~1hub.docker.com/username"))
    heard.identity = "user " + session.safe(*name);
  const auto scope = text_at(claims, "/scope");
  if (!scope) return;
  heard.scopes_named = true;
  for (std::size_t begin = 0; begin < scope->size();) {
    const std::size_t end = std::min(scope->find(' ', begin), scope->size());
    if (end > begin) heard.scopes.push_back({.scope = session.safe(scope->substr(begin, end - begin)), .where = {}});
    begin = end + 1;
  }
}

}  // namespace

Reach probe_docker_registry(Session& session, Powers upto) {
  if (!session.target().self_hosted && !session.target().overridden)
    return Unknown{"Docker registry was not asked: no host stands beside the login", std::move(upto)};
  return Registry(session, std::move(upto)).run();
}

Reach probe_docker_hub(Session& session, Powers upto) {
  const Token& token = session.token();
  const std::string user(companion_of(session, "user"));
  const std::string_view password = companion_of(session, "password");
  if (user.empty()) return Unknown{"Docker Hub was not asked: no user name stands beside the token", std::move(upto)};
  const auto answer = ask(session, sign_in(session, user, password.empty() ? token.secret.reveal() : password));
  if (!answer) return Unknown{"Docker Hub " + answer.error().message, std::move(upto)};
  Heard heard;
  heard.asked = heard.alive = true;
  heard.identity = "user " + session.safe(user);
  if (token.kinds.size() == 1) heard.kind = token.kinds[0];
  if (answer->response.status == 401 && text_at(answer->json, "/login_2fa_token")) {
    heard.notes.push_back("the password is right, and signing in needs a second factor");
    return assemble(heard, token, session.provider(), std::move(upto));
  }
  if (answer->response.status == 401) return Dead{"Docker Hub answered 401"};
  const Secret access(text_at(answer->json, "/access_token").value_or(""));
  if (answer->response.status != 200 || access.empty())
    return Unknown{"Docker Hub answered " + std::to_string(answer->response.status) + " in a way that is not known",
                   std::move(upto)};
  if (const auto claims = jwt_claims(access.reveal())) take_claims(session, *claims, heard);
  list_hub_repositories(session, user, access, heard);
  return assemble(heard, token, session.provider(), std::move(upto));
}

}  // namespace overreach
