// Google's token service and resource manager as a script; keys are made here and signatures checked.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "detectors/identify/encoding.h"
#include "detectors/probe/probe_token.h"
#include "tests/probe/recorded_probe.h"
#include "tests/support/key_pairs.h"
#include "tests/support/leaks.h"
#include "tests/support/scripted_server.h"

namespace overreach::testing {
namespace {

using nlohmann::json;

const Authority& account() {
  static const Authority made("deploy");
  return made;
}

/// The private key as it stands in the JSON file: on one line, with `\n` as two characters.
std::string as_in_json(const std::string& pem) {
  std::string out;
  for (const char c : pem) out += c == '\n' ? std::string("\\n") : std::string(1, c);
  return out;
}

Token key_of(const std::string& pem) {
  Token token = placeholder_token("gcp", {"service-account"});
  token.secret = Secret(as_in_json(pem));
  token.companions = {{"client_email", Secret("deploy@carlot.iam.gserviceaccount.com"), false},
                      {"project_id", Secret("carlot"), false}};
  return token;
}

struct Google {
  ScriptedAnswer token{.body = R"({"access_token": "short", "expires_in": 3599})"};
  ScriptedAnswer projects{.body = R"({"projects": [{"projectId": "carlot-data", "lifecycleState": "ACTIVE"},
                                                    {"projectId": "old", "lifecycleState": "DELETE_REQUESTED"}]})"};
  std::vector<std::string> granted = {"compute.disks.delete", "cloudsql.backupRuns.delete"};

  ScriptedAnswer operator()(const ScriptedRequest& request) const {
    if (request.path == "/token") return token;
    if (request.header("authorization") != "Bearer short") return {.status = 401, .body = "{}"};
    if (request.path.rfind("/v1/projects?", 0) == 0) return projects;
    if (request.path != "/v1/projects/carlot:testIamPermissions")
      return {.status = 403, .body = R"({"error": {"code": 403, "status": "PERMISSION_DENIED"}})"};
    return {.body = json{{"permissions", granted}}.dump()};
  }
};

Reach ask(const Token& token, const Google& google, std::vector<ScriptedRequest>& seen) {
  static const Provider provider = load_provider("gcp");
  ScriptedServer server(google);
  ProbeOptions options;
  options.endpoints["gcp"] = server.url();
  const auto transport = open_network();
  REQUIRE(transport);
  Reach reach = probe_token(token, provider, Powers(), **transport, options);
  seen = server.requests();
  return reach;
}

/// The claim that was sent; checks that the key signed it.
json checked_claim(const std::string& body) {
  const std::string assertion = body.substr(body.find("assertion=") + 10);
  const std::size_t dot = assertion.rfind('.');
  const std::size_t first = assertion.find('.');
  CHECK(rs256_holds(account().own().certificate_pem, assertion.substr(0, dot),
                    base64_decode(assertion.substr(dot + 1)).value()));
  return json::parse(base64_decode(assertion.substr(first + 1, dot - first - 1)).value());
}

bool has(const Reach& reach, const std::string& text) {
  for (const Grant& grant : powers_of(reach)->grants)
    if (grant_text(grant) == text) return true;
  return false;
}

TEST_CASE("a service account key signs a claim, and its permissions are read in each project", "[gcp]") {
  std::vector<ScriptedRequest> seen;
  const Token token = key_of(account().own().key_pem);
  const Reach reach = ask(token, Google(), seen);
  REQUIRE(state_of(reach) == "live");
  const Powers& powers = std::get<Live>(reach).powers;
  CHECK(powers.identity == "service account deploy@carlot.iam.gserviceaccount.com");
  CHECK(has(reach, "volume.destroy proven project carlot"));
  CHECK(has(reach, "backup.destroy proven project carlot"));
  CHECK(!has(reach, "project.destroy proven project carlot"));
  CHECK(has(reach, "project.destroy assumed everywhere"));
  const std::vector<std::string> notes = {
      "what it may do in the project carlot-data could not be read",
      "roles on single resources and in projects that it does not list were not read"};
  CHECK(powers.notes == notes);
  REQUIRE(seen.size() == 4);
  const json claim = checked_claim(seen[0].body);
  CHECK(claim["iss"] == "deploy@carlot.iam.gserviceaccount.com");
  CHECK(claim["aud"] == "https://oauth2.googleapis.com/token");
  CHECK(claim["scope"] == "https://www.googleapis.com/auth/cloud-platform.read-only");
  CHECK(claim["exp"].get<long>() - claim["iat"].get<long>() == 300);
  const json asked = json::parse(seen[2].body)["permissions"];
  CHECK(asked.size() > 30);
  for (const ScriptedRequest& request : seen)
    CHECK(leaks_of(account().own().key_pem.substr(60, 40), request.path + request.body).empty());
}

TEST_CASE("what Google answers instead of a token is told apart", "[gcp]") {
  struct Row {
    const char* name;
    ScriptedAnswer token;
    const char* state;
    const char* why;
  };
  const Row rows[] = {
      {"key deleted",
       {.status = 400, .body = R"({"error": "invalid_grant", "error_description": "Invalid JWT Signature."})"},
       "dead",
       "Google Cloud answered 400 “invalid_grant”"},
      {"clock",
       {.status = 400, .body = R"({"error": "invalid_grant", "error_description":
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe."})"},
       "unknown",
       "Google Cloud answered 400 “invalid_grant”: the clock of this machine is wrong"},
      {"limited", {.status = 429, .body = "{}"}, "unknown", "Google Cloud answered 429: rate limited"},
      {"HTML",
       {.body = "<html>", .content_type = "text/html"},
       "unknown",
       "Google Cloud answered 200 with HTML instead of JSON: a login page or a captive portal"},
      {"malformed", {.body = "{\"access"}, "unknown", "Google Cloud answered 200 with a body that is not JSON"},
      {"no token", {.body = "{}"}, "unknown", "Google Cloud answered 200 in a way that is not known"},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      Google google;
      google.token = row.token;
      std::vector<ScriptedRequest> seen;
      const Reach reach = ask(key_of(account().own().key_pem), google, seen);
      CHECK(seen.size() == 1);
      REQUIRE(state_of(reach) == row.state);
      const auto* dead = std::get_if<Dead>(&reach);
      CHECK((dead != nullptr ? dead->why : std::get<Unknown>(reach).why) == row.why);
    }
}

TEST_CASE("a private key that cannot sign is not sent anywhere", "[gcp]") {
  std::vector<ScriptedRequest> seen;
  const Reach reach = ask(key_of("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), Google(), seen);
  CHECK(seen.empty());
  CHECK(std::get<Unknown>(reach).why == "Google Cloud was not asked: the private key is none that can sign");
}

}  // namespace
}  // namespace overreach::testing
