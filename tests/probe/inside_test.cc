// Servers of the user's own, on this machine and in private networks: asked when the user names them, and then over TLS
// like any other.
#include <catch2/catch.hpp>

#include "detectors/probe/probe_token.h"
#include "tests/probe/recorded_probe.h"
#include "tests/probe/resolver.h"
#include "tests/support/rough_server.h"
#include "tests/support/scoped_environment.h"
#include "tests/support/temp_dir.h"

namespace overreach::testing {
namespace {

constexpr const char* kInside = "git.inside.example";

/// A GitLab that knows the token, for names of every kind, with an authority that is trusted while it lives.
class Inside {
 public:
  Inside() { authority_.write(file_); }

  int port() const { return server_.port(); }
  std::string host(const std::string& name) const { return name + ":" + std::to_string(port()); }
  std::size_t requests() const { return server_.requests().size(); }

 private:
  TempDir directory_;
  TestAuthority authority_;
  std::string file_ = (directory_.path() / "authority.pem").string();
  ScopedEnvironment environment_{trusting(file_)};
  RoughServer server_{always(http_answer(200, R"({"id": 7, "name": "deploy", "scopes": ["read_api"], "active": true})",
                                         "Content-Type: application/json\r\nConnection: close\r\n")),
                      authority_.issue({"DNS:localhost", "IP:127.0.0.1", std::string("DNS:") + kInside})};
};

Reach ask(const std::string& host, std::vector<std::string> named) {
  static const Provider provider = load_provider("gitlab");
  Token token = placeholder_token("gitlab", {"personal"});
  token.companions = {{"host", Secret(host), false}};
  ProbeOptions options;
  options.extra_hosts = std::move(named);
  const auto transport = open_network();
  REQUIRE(transport);
  return probe_token(token, provider, Powers(), **transport, options);
}

std::string why(const Reach& reach) {
  const auto* unknown = std::get_if<Unknown>(&reach);
  return unknown == nullptr ? "it is not unknown" : unknown->why;
}

TEST_CASE("a server on this machine is asked when the user names it, by whichever name", "[inside]") {
  const Inside server;
  const ResolvesTo inside(kInside, {"127.0.0.1"});
  for (const char* name : {"localhost", "127.0.0.1", kInside})
    for (const std::string& named : {std::string(name), server.host(name)}) {
      INFO(name << ", named as " << named);
      const Reach reach = ask(server.host(name), {named});
      INFO(why(reach));
      REQUIRE(std::holds_alternative<Live>(reach));
      CHECK(std::get<Live>(reach).powers.scopes.count("read_api") == 1);
    }
}

TEST_CASE("a server on this machine that nobody names gets no connection", "[inside]") {
  const Inside server;
  const ResolvesTo inside(kInside, {"127.0.0.1"});
  for (const char* name : {"localhost", "127.0.0.1", kInside})
    for (const std::string& named : {std::string("other.example"), std::string("localhost:1")}) {
      INFO(name << ", named: " << named);
      CHECK(why(ask(server.host(name), {named})) ==
            "GitLab was not asked: host not declared; pass --probe-host " + server.host(name));
    }
  CHECK(server.requests() == 0);
}

TEST_CASE("a named server needs a certificate that is trusted, and TLS", "[inside]") {
  const TestAuthority nobody_knows;
  RoughServer stranger(always(http_answer(200, "{}")), nobody_knows.issue({"DNS:localhost"}));
  RoughServer plain([](RoughConnection& connection) { connection.send(http_answer(200, "{}")); });
  const std::string at = "localhost:" + std::to_string(stranger.port());
  CHECK(why(ask(at, {at})).find("the certificate of localhost is not trusted") != std::string::npos);
  const std::string in_clear = "localhost:" + std::to_string(plain.port());
  CHECK(why(ask(in_clear, {in_clear})).find("could not be reached") != std::string::npos);
  CHECK(stranger.requests().empty());
  CHECK(plain.requests().empty());
}

TEST_CASE("link-local addresses and metadata services get no connection, named or not", "[inside]") {
  for (const char* address : {"169.254.169.254", "100.100.100.200", "[fe80::1]", "[fd00:ec2::254]", "0.0.0.0"}) {
    INFO(address);
    CHECK(why(ask(address, {address})).find("has a link-local or metadata address") != std::string::npos);
    const std::string bare = address[0] == '[' ? std::string(address + 1, std::string(address).size() - 2) : address;
    const ResolvesTo disguised(kInside, {bare});
    CHECK(why(ask(kInside, {kInside})) ==
          std::string("GitLab was not asked: ") + kInside + " has a link-local or metadata address");
    CHECK(disguised.asked() > 0);
  }
}

TEST_CASE("a host of the provider's is outside, also when the user names it", "[inside]") {
  const Inside server;
  const ResolvesTo rebound("gitlab.com", {"127.0.0.1"});
  for (const char* host : {"gitlab.com", ""}) {
    const Reach reach = ask(host, {"gitlab.com"});
    if (*host != '\0')
      CHECK(why(reach) == "GitLab was not asked: gitlab.com has a private, loopback or metadata address");
  }
  CHECK(rebound.asked() > 0);
  CHECK(server.requests() == 0);
}

TEST_CASE("a name that means another address at its second lookup is judged anew", "[inside]") {
  const Inside server;
  {
    const ResolvesTo first(kInside, {"127.0.0.1"});
    REQUIRE(std::holds_alternative<Live>(ask(server.host(kInside), {kInside})));
  }
  const std::size_t before = server.requests();
  const ResolvesTo second(kInside, {"169.254.169.254"});
  CHECK(why(ask(server.host(kInside), {kInside})).find("has a link-local or metadata address") != std::string::npos);
  CHECK(server.requests() == before);
}

TEST_CASE("of several addresses only those that may be asked are", "[inside]") {
  const Inside server;
  const ResolvesTo both(kInside, {"169.254.169.254", "127.0.0.1"});
  CHECK(std::holds_alternative<Live>(ask(server.host(kInside), {kInside})));
}

TEST_CASE("a connection that was opened for a named host is not used for one that has to be outside", "[inside]") {
  const TempDir directory;
  const TestAuthority authority;
  const std::string file = (directory.path() / "authority.pem").string();
  authority.write(file);
  const ScopedEnvironment environment(trusting(file));
  RoughServer server(
      [](RoughConnection& connection) {
        while (connection.request()) connection.send(http_answer(200, "{}"));
      },
      authority.issue({std::string("DNS:") + kInside}));
  const ResolvesTo inside(kInside, {"127.0.0.1"});
  const auto transport = open_network();
  REQUIRE(transport);
  Request request;
  request.url = server.url(kInside);
  request.reachable = Reachable::inside_too;
  REQUIRE((*transport)->get(request));
  request.reachable = Reachable::outside;
  const auto refused = (*transport)->get(request);
  REQUIRE(!refused);
  CHECK(refused.error().kind == Error::Kind::refused);
  CHECK(server.requests().size() == 1);
  request.reachable = Reachable::inside_too;
  CHECK((*transport)->get(request));
}

}  // namespace
}  // namespace overreach::testing
