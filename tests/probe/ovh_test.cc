// What OVHcloud gets is signed, and holds neither secret.
#include <catch2/catch.hpp>

#include "detectors/probe/probe_token.h"
#include "scanner/base/hash.h"
#include "tests/probe/recorded_probe.h"
#include "tests/support/leaks.h"
#include "tests/support/scripted_server.h"

namespace overreach::testing {

TEST_CASE("a request to OVHcloud is signed over its URL and time, and holds the application's secret nowhere",
          "[ovh]") {
  ScriptedServer server([](const ScriptedRequest&) {
    return ScriptedAnswer{.body = R"({"status": "validated", "rules": [{"method": "*", "path": "/*"}]})"};
  });
  const Provider provider = load_provider("ovh");
  const std::string secret = "ApplicationSecretOfThisTest12345";
  Token token = placeholder_token("ovh", {"consumer"});
  token.secret = Secret(secret);
  token.companions = {{"consumer_key", Secret("consumer"), true}, {"key_id", Secret("application"), false}};
  ProbeOptions options;
  options.endpoints["ovh"] = server.url();
  const auto transport = open_network();
  REQUIRE(transport);
  const Reach reach = probe_token(token, provider, Powers(), **transport, options);
  REQUIRE(std::holds_alternative<Live>(reach));
  // Everything that the file knows, since the one rule is everything.
  CHECK(std::get<Live>(reach).powers.grants.size() == provider.capabilities.size());
  REQUIRE(server.requests().size() == 1);
  const ScriptedRequest seen = server.requests()[0];
  const std::string text =
      secret + "+consumer+GET+" + server.url() + "/1.0/auth/currentCredential++" + seen.header("x-ovh-timestamp");
  const auto digest = sha1(text, "");
  CHECK(seen.header("x-ovh-signature") ==
        "$1$" + hex(std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size())));
  CHECK(seen.header("x-ovh-application") == "application");
  CHECK(leaks_of(secret, seen.path + seen.header("x-ovh-signature") + seen.body).empty());
}

}  // namespace overreach::testing
