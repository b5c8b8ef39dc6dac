// The prober and the scripted Railway, which were written apart, understand each other over real HTTP.
#include <algorithm>
#include <catch2/catch.hpp>

#include "detectors/probe/probe.h"
#include "tests/scenarios/railway_server.h"

namespace overreach::testing {
namespace {

Reach ask(const RailwayServer& server, const std::string& secret, unsigned requests = 10) {
  static const Catalog catalog;
  Token token;
  token.id = "0000000000000001";
  token.provider = "railway";
  token.rule = "railway/api-token";
  token.kinds = catalog.find("railway")->tokens.front().kinds;
  token.secret = Secret(secret);
  token.masked = token.secret.redacted();
  ProbeOptions options;
  options.endpoints["railway"] = server.url();
  options.requests = requests;
  const auto transport = open_network();
  REQUIRE(transport);
  return probe(std::span(&token, 1), catalog, **transport, options).at(0);
}

std::size_t count(const Powers& powers, std::string_view type) {
  return static_cast<std::size_t>(std::count_if(powers.resources.begin(), powers.resources.end(),
                                                [&](const Resource& resource) { return resource.type == type; }));
}

bool proven(const Powers& powers, std::string_view capability, std::string_view environment) {
  return std::any_of(powers.grants.begin(), powers.grants.end(), [&](const Grant& grant) {
    return grant.capability == capability && grant.proof == Proof::proven &&
           grant.where.get("environment") == environment;
  });
}

}  // namespace

TEST_CASE("the prober proves what the account token of PocketOS reaches", "[railway][probe]") {
  const Scenario scenario("pocketos");
  const RailwayServer server(pocketos_world(scenario));
  const Reach reach = ask(server, scenario.secrets().at("RAILWAY_ACCOUNT_TOKEN"), 13);
  CHECK(server.violations() == std::vector<std::string>{});
  REQUIRE(std::holds_alternative<Live>(reach));
  const Powers& powers = std::get<Live>(reach).powers;
  CHECK(powers.kind == "account");
  CHECK(count(powers, "project") == 2);
  CHECK(count(powers, "environment") == 4);
  CHECK(count(powers, "volume") == 3);
  CHECK(count(powers, "backup") == 2);
  CHECK(count(powers, "backup-schedule") == 1);
  CHECK(proven(powers, "volume.destroy", "production"));
  CHECK(proven(powers, "volume.destroy", "staging"));
}

TEST_CASE("the prober places a project token in its environment", "[railway][probe]") {
  const Scenario scenario("control");
  const RailwayServer server(pocketos_world(scenario));
  const Reach reach = ask(server, scenario.secrets().at("RAILWAY_PROJECT_TOKEN"));
  CHECK(server.violations() == std::vector<std::string>{});
  REQUIRE(std::holds_alternative<Live>(reach));
  const Powers& powers = std::get<Live>(reach).powers;
  CHECK(powers.kind == "project");
  CHECK(proven(powers, "deployment.create", "staging"));
  CHECK_FALSE(proven(powers, "deployment.create", "production"));
}

TEST_CASE("the prober tells dead from unanswered", "[railway][probe]") {
  const Scenario scenario("pocketos");
  const std::string revoked = scenario.secrets().at("RAILWAY_OLD_TOKEN");
  const RailwayWorld world = pocketos_world(scenario);
  const RailwayServer answers(world), html(world, RailwayServer::Mode::html), down(world, RailwayServer::Mode::down);
  CHECK(std::holds_alternative<Dead>(ask(answers, revoked)));
  CHECK(std::holds_alternative<Unknown>(ask(html, revoked)));
  CHECK(std::holds_alternative<Unknown>(ask(down, revoked)));
  for (const RailwayServer* server : {&answers, &html, &down}) CHECK(server->violations().empty());
}

}  // namespace overreach::testing
