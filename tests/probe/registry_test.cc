// Debian's own docker-registry, started here, and what it really lets a login do.
#include <httplib.h>

#include <catch2/catch.hpp>
#include <ctime>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "detectors/probe/probe_token.h"
#include "scanner/base/hash.h"
#include "tests/probe/recorded_probe.h"
#include "tests/support/encode.h"
#include "tests/support/key_pairs.h"
#include "tests/support/leaks.h"
#include "tests/support/real_server.h"
#include "tests/support/scripted_server.h"

namespace overreach::testing {
namespace {

using nlohmann::json;

constexpr const char* kApp = "carlot/app";

/// user -> password, and what the token service gives them in each repository.
struct User {
  std::string password;
  std::map<std::string, std::set<std::string>> actions;
};
using Users = std::map<std::string, User>;

std::string basic(const std::string& user, const std::string& password) {
  return "Basic " + base64(user + ":" + password);
}

/// A token service as the registry's documentation describes it.
class TokenService {
 public:
  explicit TokenService(Users users)
      : users_(std::move(users)), server_([this](const ScriptedRequest& request) { return answer(request); }) {}

  std::string realm() const { return server_.url() + "/token"; }
  std::string certificate() const { return authority_.own().certificate_pem; }
  std::vector<ScriptedRequest> requests() const { return server_.requests(); }

 private:
  const User* user_of(const ScriptedRequest& request, std::string& name) const {
    for (const auto& [user, known] : users_)
      if (request.header("authorization") == basic(user, known.password)) {
        name = user;
        return &known;
      }
    return nullptr;
  }

  /// "repository:carlot/app:pull,push" -> what of it the user has.
  static json granted(const std::string& scope, const User& user) {
    const std::size_t first = scope.find(':');
    const std::size_t last = scope.rfind(':');
    json access = {{"type", scope.substr(0, first)},
                   {"name", scope.substr(first + 1, last - first - 1)},
                   {"actions", json::array()}};
    const auto it = user.actions.find(access["name"]);
    for (std::size_t begin = last + 1; it != user.actions.end() && begin < scope.size();) {
      const std::size_t end = std::min(scope.find(',', begin), scope.size());
      if (it->second.count(scope.substr(begin, end - begin)) != 0)
        access["actions"].push_back(scope.substr(begin, end - begin));
      begin = end + 1;
    }
    return access;
  }

  ScriptedAnswer answer(const ScriptedRequest& request) const {
    std::string name;
    const User* user = user_of(request, name);
    if (user == nullptr) return {.status = 401, .body = R"({"details": "incorrect username or password"})"};
    httplib::Params parameters;
    httplib::detail::parse_query_text(request.path.substr(request.path.find('?') + 1), parameters);
    json access = json::array();
    for (const auto& [key, value] : parameters)
      if (key == "scope") access.push_back(granted(value, *user));
    const auto now = std::time(nullptr);
    const json header = {{"typ", "JWT"}, {"alg", "RS256"}, {"x5c", {base64(authority_.own().certificate_der)}}};
    const json claims = {
        {"iss", "carlot-tokens"}, {"sub", name},      {"aud", "carlot-registry"}, {"jti", "1"}, {"iat", now},
        {"nbf", now - 10},        {"exp", now + 300}, {"access", access}};
    return {.body = json{{"token", signed_jwt(authority_.own().key_pem, header.dump(), claims.dump())}}.dump()};
  }

  Authority authority_{"carlot tokens"};
  Users users_;
  ScriptedServer server_;
};

/// A registry with its storage in a temporary directory. `auth` writes the section of that name; what it refers to
/// goes to the directory that it is given.
class RealRegistry {
 public:
  explicit RealRegistry(const std::function<std::string(const std::string& directory)>& auth) {
    const std::string directory = server_.directory();
    std::ofstream(directory + "/config.yml")
        << "version: 0.1\nlog: {level: warn, accesslog: {disabled: true}}\nstorage:\n  filesystem: {rootdirectory: "
        << directory << "/data}\n  delete: {enabled: true}\nhttp: {addr: '127.0.0.1:" << server_.port() << "'}\nauth:\n"
        << auth(directory);
    server_.start({"docker-registry", "serve", directory + "/config.yml"},
                  [this] { return accepts_connections(server_.port()); });
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }

 private:
  RealServer server_{"docker-registry"};
};

/// Acts as a client that has `authorization` for everything it does.
class Client {
 public:
  Client(const std::string& url, std::string authorization) : http_(url), authorization_(std::move(authorization)) {}

  bool pull(const std::string& name) { return http_.Get("/v2/" + name + "/tags/list", headers())->status == 200; }

  /// Begins an upload, which is what a push does first.
  bool push(const std::string& name) {
    return http_.Post("/v2/" + name + "/blobs/uploads/", headers(), std::string(), "application/octet-stream")
               ->status == 202;
  }

  /// Deletes an image; the statuses of one that is gone and one that may not be deleted differ.
  bool remove(const std::string& name, const std::string& digest) {
    const int status = http_.Delete("/v2/" + name + "/manifests/" + digest, headers())->status;
    REQUIRE((status == 202 || status == 401));
    return status == 202;
  }

  /// Stores an image of one layer; returns its digest. `salt` makes it differ from others.
  std::string store(const std::string& name, const std::string& salt) {
    const json config = blob(name, "{\"salt\": \"" + salt + "\"}", "application/vnd.docker.container.image.v1+json");
    const json layer = blob(name, "layer " + salt, "application/vnd.docker.image.rootfs.diff.tar.gzip");
    const std::string type = "application/vnd.docker.distribution.manifest.v2+json";
    const json manifest = {{"schemaVersion", 2}, {"mediaType", type}, {"config", config}, {"layers", {layer}}};
    const auto put = http_.Put("/v2/" + name + "/manifests/" + salt, headers(), manifest.dump(), type.c_str());
    REQUIRE(put->status == 201);
    return put->get_header_value("Docker-Content-Digest");
  }

 private:
  httplib::Headers headers() const { return {{"Authorization", authorization_}}; }

  json blob(const std::string& name, const std::string& content, const std::string& type) {
    const auto begun =
        http_.Post("/v2/" + name + "/blobs/uploads/", headers(), std::string(), "application/octet-stream");
    REQUIRE(begun->status == 202);
    std::string target = begun->get_header_value("Location");
    if (const std::size_t path = target.find("/v2/"); path != std::string::npos) target.erase(0, path);
    const std::string digest = "sha256:" + hex(sha256(content));
    target += (target.find('?') == std::string::npos ? "?digest=" : "&digest=") + digest;
    REQUIRE(http_.Put(target, headers(), content, "application/octet-stream")->status == 201);
    return {{"mediaType", type}, {"size", content.size()}, {"digest", digest}};
  }

  httplib::Client http_;
  std::string authorization_;
};

/// What `docker` would present: a token for everything the user may do in one repository.
std::string bearer(const TokenService& service, const std::string& user, const std::string& password,
                   const std::string& repository) {
  httplib::Client http(service.realm().substr(0, service.realm().rfind('/')));
  const auto answer = http.Get("/token?service=carlot-registry&scope=repository:" + repository + ":pull,push,delete",
                               {{"Authorization", basic(user, password)}});
  return "Bearer " + json::parse(answer->body).at("token").get<std::string>();
}

Token login(const std::string& user, const std::string& password, const std::vector<std::string>& repositories) {
  Token token = placeholder_token("docker-registry", {"login"});
  token.secret = Secret(password);
  token.masked = "…";
  token.companions.push_back({"user", Secret(user), false});
  for (const std::string& name : repositories)
    token.ids.push_back({.resource = "repository", .id = name, .path = "deploy.yaml", .line = 1});
  return token;
}

Reach ask(const Token& token, const std::string& url) {
  static const Provider provider = load_provider("docker-registry");
  ProbeOptions options;
  options.endpoints["docker-registry"] = url;
  const auto transport = open_network();
  REQUIRE(transport);
  return probe_token(token, provider, Powers(), **transport, options);
}

bool proven(const Reach& reach, const std::string& capability, const std::string& repository) {
  const auto& grants = std::get<Live>(reach).powers.grants;
  return std::any_of(grants.begin(), grants.end(), [&](const Grant& grant) {
    return grant.capability == capability && grant.proof == Proof::proven &&
           grant.where.get("repository") == repository;
  });
}

auto token_auth(const TokenService& service) {
  return [&service](const std::string& directory) {
    std::ofstream(directory + "/roots.pem") << service.certificate();
    return "  token: {realm: '" + service.realm() +
           "', service: carlot-registry, issuer: carlot-tokens, rootcertbundle: " + directory + "/roots.pem}\n";
  };
}

Users some_users() {
  return {{"reader", {"a reader's word", {{kApp, {"pull"}}}}},
          {"builder", {"a builder's word", {{kApp, {"pull", "push"}}}}},
          {"cleaner", {"a cleaner's word", {{kApp, {"delete"}}}}},
          {"nobody", {"nobody's word", {}}},
          {"owner",
           {"an owner's word",
            {{kApp, {"pull", "push", "delete"}}, {"carlot/tools", {"pull", "push", "delete"}}, {"catalog", {"*"}}}}}};
}

TEST_CASE("what the token service of a real registry grants is what the registry then lets the login do",
          "[registry]") {
  const TokenService service(some_users());
  const RealRegistry registry(token_auth(service));
  const Users users = some_users();
  const std::string owner = users.at("owner").password;
  Client(registry.url(), bearer(service, "owner", owner, "carlot/tools")).store("carlot/tools", "base");
  for (const auto& [name, user] : users) DYNAMIC_SECTION(name) {
      const std::string digest = Client(registry.url(), bearer(service, "owner", owner, kApp)).store(kApp, name);
      const Reach reach = ask(login(name, user.password, {kApp}), registry.url());
      REQUIRE(state_of(reach) == "live");
      CHECK(std::get<Live>(reach).powers.identity == "user " + name);
      Client client(registry.url(), bearer(service, name, user.password, kApp));
      CHECK(client.pull(kApp) == proven(reach, "image.read", kApp));
      CHECK(client.push(kApp) == proven(reach, "image.push", kApp));
      CHECK(client.remove(kApp, digest) == proven(reach, "image.destroy", kApp));
      // Only the owner may list: its reach names a repository that nothing beside the login named.
      CHECK(proven(reach, "image.destroy", "carlot/tools") == (name == "owner"));
      for (const ScriptedRequest& request : service.requests()) CHECK(leaks_of(user.password, request.path).empty());
    }
}

TEST_CASE("a token service that does not know the login says that it is dead", "[registry]") {
  const TokenService service(some_users());
  const RealRegistry registry(token_auth(service));
  const Reach reach = ask(login("reader", "yesterday's word", {kApp}), registry.url());
  REQUIRE(state_of(reach) == "dead");
  CHECK(std::get<Dead>(reach).why == "Docker registry answered 401 at its token service");
}

TEST_CASE("of a real registry without a token service only reading is proven", "[registry]") {
  const RealRegistry registry([](const std::string& directory) {
    std::ofstream(directory + "/htpasswd") << "ci:" << bcrypt("a builder's word") << "\n";
    return "  htpasswd: {realm: carlot, path: " + directory + "/htpasswd}\n";
  });
  Client client(registry.url(), basic("ci", "a builder's word"));
  const std::string digest = client.store(kApp, "one");
  SECTION("the right password") {
    const Reach reach = ask(login("ci", "a builder's word", {}), registry.url());
    REQUIRE(state_of(reach) == "live");
    CHECK(proven(reach, "catalog.read", ""));
    CHECK(proven(reach, "image.read", kApp));
    CHECK(client.pull(kApp));
    // It may do both, and nothing but trying would show it: so they are possible, and not proven.
    CHECK(client.push(kApp));
    CHECK(client.remove(kApp, digest));
    for (const Grant& grant : std::get<Live>(reach).powers.grants) {
      INFO(grant_text(grant));
      CHECK((grant.effect == Effect::read) == (grant.proof != Proof::assumed));
    }
  }
  SECTION("a password as a configuration file holds it") {
    Token token = login("ci", "a builder's word", {});
    token.secret = Secret(base64("ci:a builder's word"));
    token.companions.push_back({"password", Secret("a builder's word"), true});
    CHECK(state_of(ask(token, registry.url())) == "live");
  }
  SECTION("a wrong password") { CHECK(state_of(ask(login("ci", "another word", {}), registry.url())) == "dead"); }
}

TEST_CASE("a registry that lets everybody in proves nothing about a login", "[registry]") {
  const RealRegistry registry([](const std::string&) { return std::string("  # none\n"); });
  const Reach reach = ask(login("ci", "any word", {}), registry.url());
  REQUIRE(state_of(reach) == "unknown");
  CHECK(std::get<Unknown>(reach).why == "Docker registry answered 200 without a credential: it lets everybody in");
}

}  // namespace
}  // namespace overreach::testing
