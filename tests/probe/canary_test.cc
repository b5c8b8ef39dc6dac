#include <catch2/catch.hpp>

#include "detectors/probe/canary.h"
#include "detectors/probe/probe.h"
#include "tests/probe/recorded_probe.h"
#include "tests/support/rough_server.h"

namespace overreach::testing {
namespace {

Token aws_key(const std::string& account) {
  Token token = placeholder_token("aws", {"root", "user"});
  token.secret = Secret(std::string("AKIA") + "EXAMPLEEXAMPLE77");
  token.companions.push_back({"secret_access_key", Secret("a-secret-half"), true});
  token.facts["account"] = account;
  return token;
}

Token at_host(const std::string& host, bool secret = false) {
  Token token = placeholder_token("mysql", {"user"});
  token.companions.push_back({"host", Secret(host), secret});
  return token;
}

const char* const kCanary = "111122223333";

TEST_CASE("tripwires are known by their account or their host", "[canary]") {
  const std::vector<std::string> accounts = {kCanary};
  CHECK(canary_service(aws_key(kCanary), accounts) == "the account 111122223333");
  CHECK(canary_service(aws_key("444455556666"), accounts).empty());
  CHECK(canary_service(aws_key(kCanary)).empty());
  CHECK(canary_service(at_host("abc.canarytokens.com")) == "canarytokens.org");
  CHECK(canary_service(at_host("https://canarytokens.org:3306/x")) == "canarytokens.org");
  CHECK(canary_service(at_host("canarytokens.org.example.com")).empty());
  CHECK(canary_service(at_host("notcanarytokens.org")).empty());
  CHECK(canary_service(at_host("abc.canarytokens.com", true)).empty());
  Token other = placeholder_token("github", {"classic"});
  other.facts["account"] = kCanary;
  CHECK(canary_service(other, accounts).empty());
}

TEST_CASE("a tripwire is named, and touched only when the user says so", "[canary]") {
  const Catalog catalog;
  RoughServer server(always(http_answer(200,
                                        "<GetCallerIdentityResponse><GetCallerIdentityResult>"
                                        "<Arn>arn:aws:iam::111122223333:user/canary</Arn><UserId>X</UserId>"
                                        "<Account>111122223333</Account>"
                                        "</GetCallerIdentityResult></GetCallerIdentityResponse>",
                                        "Content-Type: text/xml\r\n")));
  ProbeOptions options;
  options.canary_accounts = {kCanary};
  options.endpoints["aws"] = server.url("127.0.0.1");
  const auto transport = open_network();
  REQUIRE(transport);
  const std::vector<Token> tokens = {aws_key(kCanary)};
  const std::string note = "it is a canary of the account 111122223333: whoever uses it raises an alarm";

  CHECK(powers_of(bound(tokens[0], catalog, options.canary_accounts))->notes == std::vector<std::string>{note});
  const std::vector<PlannedRequest> planned = plan(tokens, catalog, options);
  REQUIRE(planned.size() == 1);
  CHECK(planned[0].refused == note + " (--probe-canaries asks nevertheless)");

  const Reach left_alone = probe(tokens, catalog, **transport, options).at(0);
  CHECK(server.connections() == 0);
  CHECK(state_of(left_alone) == "not-probed");
  CHECK(powers_of(left_alone)->notes ==
        std::vector<std::string>{note, "its provider was not asked (--probe-canaries asks nevertheless)"});

  options.canaries = true;
  CHECK(plan(tokens, catalog, options).at(0).refused.empty());
  const Reach asked = probe(tokens, catalog, **transport, options).at(0);
  CHECK(!server.requests().empty());
  CHECK(state_of(asked) == "live");
  CHECK(powers_of(asked)->notes.back() == note);
}

}  // namespace
}  // namespace overreach::testing
