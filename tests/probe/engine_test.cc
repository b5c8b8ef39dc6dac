// The engine over the real transport, against a scripted provider.
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "detectors/probe/native/sigv4.h"
#include "detectors/probe/probe_token.h"
#include "rules/catalog/graphql_document.h"
#include "tests/probe/recorded_probe.h"
#include "tests/support/encode.h"
#include "tests/support/leaks.h"
#include "tests/support/scripted_server.h"

namespace overreach::testing {
namespace {

using nlohmann::json;

/// A SendGrid with one kind of answer.
Reach ask_sendgrid(const ScriptedAnswer& answer, const std::string& secret = "{token}",
                   std::vector<ScriptedRequest>* seen = nullptr) {
  static const Provider provider = load_provider("sendgrid");
  ScriptedServer server([&](const ScriptedRequest&) { return answer; });
  ProbeOptions options;
  options.endpoints["sendgrid"] = server.url();
  Token token = placeholder_token("sendgrid", provider.tokens.at(0).kinds);
  token.secret = Secret(secret);
  const auto transport = open_network();
  REQUIRE(transport);
  Reach reach = probe_token(token, provider, Powers(), **transport, options);
  if (seen != nullptr) *seen = server.requests();
  return reach;
}

TEST_CASE("what is no answer is unknown, with the provider, the status and the reason", "[engine]") {
  struct Row {
    const char* name;
    ScriptedAnswer answer;
    const char* why;
  };
  const Row rows[] = {
      {"redirect",
       {.status = 302, .body = "", .headers = {{"Location", "https://example.com/"}}},
       "SendGrid answered 302: a redirect, which is never followed"},
      {"HTML",
       {.body = "  <!DOCTYPE html><p>log in", .content_type = "text/plain"},
       "SendGrid answered 200 with HTML instead of JSON: a login page or a captive portal"},
      {"plain text",
       {.body = "OK", .content_type = "text/plain"},
       "SendGrid answered 200 with a body that is not JSON"},
      {"invalid UTF-8", {.body = "{\"scopes\": [\"\xff\"]}"}, "SendGrid answered 200 with a body that is not JSON"},
      {"empty", {.body = ""}, "SendGrid answered 200 without a body"},
      {"other JSON", {.body = "[1, 2]"}, "SendGrid answered 200 in a way that is not known"},
      {"in trouble", {.status = 500, .body = "{}"}, "SendGrid answered 500: it is in trouble"},
      {"limited",
       {.status = 429, .body = "{}", .headers = {{"Retry-After", "3600"}}},
       "SendGrid answered 429: rate limited, to be asked again in 3600 s"},
      {"limited, date",
       {.status = 429, .body = "{}", .headers = {{"Retry-After", "Fri, 31 Dec 2027 23:59:59 GMT"}}},
       "SendGrid answered 429: rate limited"},
      {"teapot", {.status = 418, .body = "{}"}, "SendGrid answered 418 in a way that is not known"},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      std::vector<ScriptedRequest> seen;
      const Reach reach = ask_sendgrid(row.answer, "{token}", &seen);
      REQUIRE(std::holds_alternative<Unknown>(reach));
      CHECK(std::get<Unknown>(reach).why == row.why);
      CHECK(seen.size() == 1);  // no second question after no answer
    }
}

TEST_CASE("a short Retry-After is waited for, once", "[engine]") {
  static const Provider provider = load_provider("sendgrid");
  std::atomic<int> count{0};
  ScriptedServer server([&](const ScriptedRequest&) {
    if (count++ == 0) return ScriptedAnswer{.status = 429, .body = "{}", .headers = {{"Retry-After", "0"}}};
    return ScriptedAnswer{.body = R"({"scopes": ["mail.send"]})"};
  });
  ProbeOptions options;
  options.endpoints["sendgrid"] = server.url();
  const auto transport = open_network();
  const Reach reach =
      probe_token(placeholder_token("sendgrid", {"restricted"}), provider, Powers(), **transport, options);
  CHECK(state_of(reach) == "live");
  CHECK(count == 2);
}

TEST_CASE("a credential with a line break is not sent", "[engine]") {
  std::vector<ScriptedRequest> seen;
  const Reach reach = ask_sendgrid({.body = R"({"scopes": []})"}, "a\r\nx-admin: 1", &seen);
  CHECK(seen.empty());
  REQUIRE(std::holds_alternative<Unknown>(reach));
  CHECK(std::get<Unknown>(reach).why.find("x-admin") == std::string::npos);
}

TEST_CASE("what a provider says cannot carry the credential or steer a terminal", "[engine]") {
  const Reach reach = ask_sendgrid({.body = R"({"scopes": ["you sent {token}!", "red\u001b[31m"]})"});
  REQUIRE(std::holds_alternative<Live>(reach));
  const std::set<std::string> expected = {"you sent {to…!", "red?[31m"};
  CHECK(std::get<Live>(reach).powers.unmapped == expected);
}

/// A Mux that repeats what it was sent, in every form a debugging proxy could think of.
ScriptedAnswer echoing_mux(const ScriptedRequest& request) {
  const std::string sent = request.header("authorization");
  const json permissions = {"video:read", "sent " + sent, "form secret=%7btoken%7d%2f%2b", "FORM=%7Btoken%7D%2F%2B"};
  const json data = {{"environment_id", "e-1"},
                     {"environment_name", "env " + base64("zz{token}/+", true)},
                     {"organization_name", "Carlot " + base64("a{token}/+")},
                     {"permissions", permissions}};
  return {.body = json{{"data", data}}.dump()};
}

std::string everything_in(const Reach& reach) {
  const Powers& powers = *powers_of(reach);
  std::string out = powers.identity;
  for (const std::string& scope : powers.scopes) out += "\n" + scope;
  for (const Resource& resource : powers.resources) out += "\n" + resource.name + " " + resource.where.text();
  for (const Grant& grant : powers.grants) out += "\n" + grant_text(grant);
  for (const std::string& note : powers.notes) out += "\n" + note;
  return out;
}

TEST_CASE("user and password are sent as one encoded header, and come back in no form", "[engine]") {
  static const Provider provider = load_provider("mux");
  ScriptedServer server(echoing_mux);
  ProbeOptions options;
  options.endpoints["mux"] = server.url();
  Token token = placeholder_token("mux", {"access"});
  token.secret = Secret("{token}/+");
  token.companions.push_back({"key_id", Secret("key-1"), false});
  std::string log;
  options.sent = [&](const SentRequest& sent) { log += sent.host + sent.what + sent.failure; };
  const auto transport = open_network();
  const Reach reach = probe_token(token, provider, Powers(), **transport, options);
  REQUIRE(server.requests().size() == 1);
  CHECK(server.requests()[0].header("authorization") == "Basic " + base64("key-1:{token}/+"));
  REQUIRE(std::holds_alternative<Live>(reach));
  INFO(everything_in(reach));
  CHECK(everything_in(reach).find("asset.read proven") != std::string::npos);
  CHECK(leaks_of("{token}/+", everything_in(reach) + log).empty());
}

TEST_CASE("a user name with a colon, or none, is not sent", "[engine]") {
  static const Provider provider = load_provider("mux");
  ScriptedServer server(echoing_mux);
  ProbeOptions options;
  options.endpoints["mux"] = server.url();
  const auto transport = open_network();
  Token token = placeholder_token("mux", {"access"});
  const Reach without = probe_token(token, provider, Powers(), **transport, options);
  CHECK(std::get<Unknown>(without).why == "Mux was not asked: no value was found for the header authorization");
  token.companions.push_back({"key_id", Secret("a:b"), false});
  const Reach colon = probe_token(token, provider, Powers(), **transport, options);
  CHECK(std::get<Unknown>(colon).why == "Mux was not asked: a user name with a colon cannot be sent");
  CHECK(server.requests().empty());
}

/// A Railway with one workspace and `projects` projects of one environment each, `production` of which are the last.
ScriptedAnswer railway(const ScriptedRequest& request, int projects, int production) {
  const json body = json::parse(request.body);
  const std::string root = graphql_root_field(body.at("query").get<std::string>());
  json data;
  if (root == "me")
    data = {{"id", "u"}, {"email", "ana@example.com"}, {"workspaces", {{{"id", "w"}, {"name", "Carlot"}}}}};
  if (root == "projects") {
    json edges = json::array();
    for (int i = 0; i < projects; ++i) {
      const std::string n = std::to_string(i);
      const json environment = {
          {"node", {{"id", "e" + n}, {"name", i < projects - production ? "preview" : "production"}}}};
      edges.push_back({{"node", {{"id", "p" + n}, {"name", "p" + n}, {"environments", {{"edges", {environment}}}}}}});
    }
    data = {{"edges", edges}, {"pageInfo", {{"hasNextPage", false}, {"endCursor", nullptr}}}};
  }
  if (root == "environment") data = {{"volumeInstances", {{"edges", json::array()}}}};
  return {.body = json{{"data", {{root, data}}}}.dump()};
}

TEST_CASE("one token costs at most ten requests, and what was left out is said and not proven", "[engine]") {
  const Provider provider = load_provider("railway");
  ScriptedServer server([](const ScriptedRequest& request) { return railway(request, 60, 60); });
  ProbeOptions options;
  options.endpoints["railway"] = server.url();
  const auto transport = open_network();
  const Token token = placeholder_token("railway", {"account", "workspace", "project"});
  const Reach reach = probe_token(token, provider, Powers(), **transport, options);
  REQUIRE(std::holds_alternative<Live>(reach));
  const Powers& powers = std::get<Live>(reach).powers;
  CHECK(server.requests().size() == 10);
  CHECK(powers.kind == "account");
  const std::vector<std::string> notes = {
      "left out: volumes (52 times), since the 10 requests for one token are used up (--probe-requests allows more)"};
  CHECK(powers.notes == notes);
  const auto has = [&](const Grant& grant) {
    return std::find(powers.grants.begin(), powers.grants.end(), grant) != powers.grants.end();
  };
  const auto place = [](const char* project) {
    return Where{{"workspace", "Carlot"}, {"project", project}, {"environment", "production"}};
  };
  CHECK(has({"volume.destroy", Effect::destroy, place("p59"), Proof::documented}));
  CHECK(!has({"volume.destroy", Effect::destroy, place("p59"), Proof::proven}));
  CHECK(has({"domain.write", Effect::write, place("p59"), Proof::proven}));
}

TEST_CASE("where requests are few, production is asked about first", "[engine]") {
  const Provider provider = load_provider("railway");
  ScriptedServer server([](const ScriptedRequest& request) { return railway(request, 30, 3); });
  ProbeOptions options;
  options.endpoints["railway"] = server.url();
  const auto transport = open_network();
  const Token token = placeholder_token("railway", {"account", "workspace", "project"});
  CHECK(state_of(probe_token(token, provider, Powers(), **transport, options)) == "live");
  std::vector<std::string> asked;
  for (const ScriptedRequest& request : server.requests())
    if (const json variables = json::parse(request.body).at("variables"); variables.contains("environment"))
      asked.push_back(variables["environment"]);
  REQUIRE(asked.size() == 8);
  asked.resize(4);
  CHECK(asked == std::vector<std::string>{"e27", "e28", "e29", "e0"});
}

TEST_CASE("every request to Railway is one pure query with the credential in one header", "[engine]") {
  const Provider provider = load_provider("railway");
  ScriptedServer server([](const ScriptedRequest& request) { return railway(request, 2, 2); });
  ProbeOptions options;
  options.endpoints["railway"] = server.url();
  const auto transport = open_network();
  const Token token = placeholder_token("railway", {"account", "workspace", "project"});
  CHECK(state_of(probe_token(token, provider, Powers(), **transport, options)) == "live");
  REQUIRE(server.requests().size() == 4);
  for (const ScriptedRequest& request : server.requests()) {
    CHECK(request.method == "POST");
    CHECK(request.path == "/graphql/v2");
    CHECK(graphql_objection(json::parse(request.body).at("query").get<std::string>()).empty());
    CHECK(request.body.find("{token}") == std::string::npos);
    CHECK(request.header("authorization") == "Bearer {token}");
    CHECK(request.header("project-access-token").empty());
  }
}

/// STS says whose key it is; IAM refuses every question.
ScriptedAnswer aws(const ScriptedRequest& request) {
  if (request.body.rfind("Action=GetCallerIdentity&", 0) == 0)
    return {.body =
                "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>111122223333</Account>"
                "<Arn>arn:aws:iam::111122223333:user/ci</Arn>"
                "</GetCallerIdentityResult></GetCallerIdentityResponse>"};
  return {.status = 403, .body = "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"};
}

TEST_CASE("requests to AWS are signed for their service and host, and hold no secret half", "[engine]") {
  const Provider provider = load_provider("aws");
  ScriptedServer server(aws);
  ProbeOptions options;
  options.endpoints["aws"] = server.url();
  Token token = placeholder_token("aws", {"root", "user"});
  token.secret = Secret(std::string("AKIA") + "EXAMPLEEXAMPLE77");
  token.companions.push_back({"secret_access_key", Secret("a-secret-half"), true});
  const auto transport = open_network();
  const Reach reach = probe_token(token, provider, Powers(), **transport, options);
  REQUIRE(std::holds_alternative<Live>(reach));
  CHECK(std::get<Live>(reach).powers.identity == "account 111122223333, user/ci");
  REQUIRE(server.requests().size() == 6);
  for (const ScriptedRequest& seen : server.requests()) {
    const bool first = &seen == &server.requests()[0];
    const std::string service = seen.body.rfind("Action=GetCallerIdentity&", 0) == 0 ? "sts" : "iam";
    CHECK((service == "sts" || !first));
    const Secret expected = sigv4({token.secret.reveal(), "a-secret-half", "us-east-1", service}, "POST",
                                  {{"content-type", seen.header("content-type")},
                                   {"host", seen.header("host")},
                                   {"x-amz-date", seen.header("x-amz-date")}},
                                  seen.body);
    CHECK(seen.header("authorization") == expected.reveal());
    CHECK(seen.body.find("a-secret-half") == std::string::npos);
    for (const auto& [name, value] : seen.headers) CHECK(value.find("a-secret-half") == std::string::npos);
  }
}

/// Knows which tokens are being answered right now.
struct InFlight {
  std::mutex mutex;
  std::set<std::string> tokens;
  bool twice = false;
  std::size_t most = 0;

  void enter(const std::string& token) {
    const std::lock_guard lock(mutex);
    twice |= !tokens.insert(token).second;
    most = std::max(most, tokens.size());
  }
  void leave(const std::string& token) {
    const std::lock_guard lock(mutex);
    tokens.erase(token);
  }
};

TEST_CASE("many tokens are asked at once, each with one request in flight, in a fixed order", "[engine]") {
  const Catalog catalog;
  InFlight in_flight;
  ScriptedServer server([&](const ScriptedRequest& request) {
    const std::string token = request.header("authorization");
    in_flight.enter(token);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    in_flight.leave(token);
    const bool dead = token.back() % 2 == 1;
    return ScriptedAnswer{.status = dead ? 401 : 200, .body = R"({"scopes": ["mail.send"]})"};
  });
  ProbeOptions options;
  options.endpoints["sendgrid"] = server.url();
  std::atomic<std::size_t> told{0};
  options.progress = [&](std::size_t, std::size_t all) { told += all == 10 ? 1 : 0; };
  std::vector<Token> tokens;
  for (char c = '0'; c <= '9'; ++c) {
    tokens.push_back(placeholder_token("sendgrid", {"restricted"}));
    tokens.back().secret = Secret(std::string("{token}") + c);
  }
  const auto transport = open_network();
  const std::vector<Reach> reaches = probe(tokens, catalog, **transport, options);
  REQUIRE(reaches.size() == 10);
  for (std::size_t i = 0; i < 10; ++i) CHECK(state_of(reaches[i]) == (i % 2 == 1 ? "dead" : "live"));
  CHECK(!in_flight.twice);
  CHECK(in_flight.most > 1);
  CHECK(told == 10);
}

TEST_CASE("a plan names hosts and requests, sends nothing and shows no credential", "[engine]") {
  const Catalog catalog;
  ScriptedServer server([](const ScriptedRequest&) { return ScriptedAnswer{.body = "{}"}; });
  ProbeOptions options;
  options.endpoints["slack"] = server.url();
  std::vector<Token> tokens = {placeholder_token("railway", {"account", "workspace", "project"}),
                               placeholder_token("slack", {"bot"}), placeholder_token("gitlab", {"personal"}),
                               placeholder_token("slack", {"webhook"}), placeholder_token("aws", {"user"})};
  tokens[2].companions.push_back({"host", Secret("git.example.com"), false});
  const std::vector<PlannedRequest> planned = plan(tokens, catalog, options);
  CHECK(server.requests().empty());
  std::string text;
  for (const PlannedRequest& p : planned)
    text += p.provider + " " + p.host + " " + p.request + (p.refused.empty() ? "" : " refused: " + p.refused) + "\n";
  INFO(text);
  CHECK(text.find("{token}") == std::string::npos);
  for (const char* line : {"railway backboard.railway.com query me\n",
                           "railway backboard.railway.com query projectToken if it was not accepted so far\n",
                           "railway backboard.railway.com query environment for each environment\n",
                           "slack 127.0.0.1 GET /api/auth.test\n",
                           "gitlab   refused: host not declared; pass --probe-host git.example.com\n",
                           "slack   refused: there is no read-only way to ask about this kind of token\n",
                           "aws sts.amazonaws.com POST / Action=GetCallerIdentity\n"}) {
    INFO(line);
    CHECK(text.find(line) != std::string::npos);
  }
}

TEST_CASE("without asking, the bound is what was decoded, else what is documented for every possible kind",
          "[engine]") {
  const Catalog catalog;
  Token token = placeholder_token("railway", {"account", "workspace", "project"});
  const auto grant_of = [](const Reach& reach, const std::string& capability) -> std::string {
    for (const Grant& grant : powers_of(reach)->grants)
      if (grant.capability == capability) return grant_text(grant);
    return "none";
  };
  const Reach any = bound(token, catalog);
  CHECK(state_of(any) == "not-probed");
  CHECK(powers_of(any)->expires == "never");
  CHECK(grant_of(any, "volume.destroy") == "volume.destroy documented everywhere");
  token.kinds = {"project"};
  CHECK(grant_of(bound(token, catalog), "volume.destroy") == "volume.destroy assumed everywhere");
  CHECK(grant_of(bound(token, catalog), "member.write") == "none");
  Powers decoded;
  decoded.grants = {{"volume.read", Effect::read, Where{{"project", "p"}}, Proof::decoded}};
  token.decoded = decoded;
  CHECK(grant_of(bound(token, catalog), "volume.read") == "volume.read decoded project p");
  CHECK(grant_of(bound(token, catalog), "volume.destroy") == "none");
  token.provider = "nobody";
  token.decoded.reset();
  CHECK(powers_of(bound(token, catalog))->grants.empty());
}

}  // namespace
}  // namespace overreach::testing
