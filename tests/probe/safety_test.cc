// What the engine promises, whatever a provider answers.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "detectors/probe/probe_token.h"
#include "detectors/probe/reach_cache.h"
#include "detectors/probe/session.h"
#include "tests/probe/recorded_probe.h"
#include "tests/support/leaks.h"
#include "tests/support/rough_server.h"
#include "tests/support/scoped_environment.h"
#include "tests/support/temp_dir.h"

namespace overreach::testing {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

/// Answers as it is told, and remembers what was asked.
class StubTransport : public Transport {
 public:
  explicit StubTransport(std::function<Response()> answer) : answer_(std::move(answer)) {}

  Result<Response> get(const Request& request) override {
    requests.push_back(request);
    return answer_();
  }
  Result<Response> query(const Request& request, std::string_view, const Secret&, std::string_view) override {
    return get(request);
  }
  void pause(milliseconds time, const std::atomic<bool>*) override { paused += time; }

  std::vector<Request> requests;
  milliseconds paused{0};

 private:
  std::function<Response()> answer_;
};

Response limited(const std::string& retry_after) {
  return {.status = 429, .headers = {{"content-type", "application/json"}, {"retry-after", retry_after}}, .body = "{}"};
}

Reach ask_sendgrid(Transport& transport, const ProbeOptions& options = {}) {
  static const Provider provider = load_provider("sendgrid");
  return probe_token(placeholder_token("sendgrid", {"restricted"}), provider, Powers(), transport, options);
}

std::string why_of(const Reach& reach) {
  const auto* unknown = std::get_if<Unknown>(&reach);
  return unknown == nullptr ? std::string(state_of(reach)) : unknown->why;
}

TEST_CASE("each request has ten seconds and can be given up", "[safety]") {
  StubTransport transport([] { return Response{.status = 500, .headers = {}, .body = {}}; });
  const std::atomic<bool> stop{false};
  ProbeOptions options;
  options.stop = &stop;
  ask_sendgrid(transport, options);
  REQUIRE(transport.requests.size() == 1);
  CHECK(transport.requests[0].timeout == std::chrono::seconds(10));
  CHECK(transport.requests[0].stop == &stop);
}

TEST_CASE("a Retry-After is waited for once, when it is short, and inside the budget", "[safety]") {
  struct Row {
    const char* retry_after;
    unsigned budget;
    std::size_t requests;
    int seconds;
  };
  const Row rows[] = {
      {"3", 10, 2, 3},  // still limited: the second answer counts
      {"3", 1, 1, 0},   // no request left
      {"6", 10, 1, 0}, {"-1", 10, 1, 0}, {"99999999999999999999", 10, 1, 0}, {"", 10, 1, 0},
  };
  for (const Row& row : rows) {
    INFO("'" << row.retry_after << "', budget " << row.budget);
    StubTransport transport([&] { return limited(row.retry_after); });
    ProbeOptions options;
    options.requests = row.budget;
    CHECK(why_of(ask_sendgrid(transport, options)).find("SendGrid answered 429: rate limited") == 0);
    CHECK(transport.requests.size() == row.requests);
    CHECK(transport.paused == std::chrono::seconds(row.seconds));
  }
}

TEST_CASE("a POST that is no GraphQL query is sent once", "[safety]") {
  static const Provider provider = load_provider("sendgrid");
  for (const ProbeMethod method : {ProbeMethod::get, ProbeMethod::graphql, ProbeMethod::post}) {
    StubTransport transport([] { return limited("1"); });
    const Token token = placeholder_token("sendgrid", {"restricted"});
    const ProbeOptions options;
    Session session(token, provider, transport, options);
    REQUIRE(session.open());
    PreparedCall call;
    call.method = method;
    call.url = "https://api.sendgrid.com/v3/scopes";
    call.reason = "a read";
    const auto response = session.send(call);
    REQUIRE(response);
    CHECK(response->status == 429);
    CHECK(transport.requests.size() == (method == ProbeMethod::post ? 1 : 2));
  }
}

TEST_CASE("one host is asked so often in a run, and no more, whichever credential it is for", "[safety]") {
  const Catalog catalog;
  StubTransport transport([] {
    return Response{.status = 200, .headers = {{"content-type", "application/json"}}, .body = R"({"scopes": []})"};
  });
  std::vector<Token> tokens(5, placeholder_token("sendgrid", {"restricted"}));
  ProbeOptions options;
  options.requests_to_host = 3;
  for (int run = 0; run < 2; ++run) {
    transport.requests.clear();
    const std::vector<Reach> reaches = probe(tokens, catalog, transport, options);
    CHECK(transport.requests.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) CHECK(state_of(reaches[i]) == "live");
    for (std::size_t i = 3; i < 5; ++i)
      CHECK(why_of(reaches[i]) ==
            "SendGrid was not asked: the 3 requests that one run makes to api.sendgrid.com are used up");
  }
}

TEST_CASE("no redirect is followed, wherever it leads", "[safety]") {
  const TempDir directory;
  const TestAuthority authority;
  const std::string file = (directory.path() / "authority.pem").string();
  authority.write(file);
  const ScopedEnvironment environment(trusting(file));
  const TlsIdentity identity = authority.issue({"DNS:localhost", "IP:127.0.0.1", "IP:127.0.0.2"});
  RoughServer elsewhere(always(http_answer(200, R"({"scopes": []})")), identity, "127.0.0.2");
  RoughServer plain(always(http_answer(200, R"({"scopes": []})")));
  const std::string locations[] = {elsewhere.url("127.0.0.2") + "/v3/scopes",
                                   plain.url("localhost") + "/v3/scopes",
                                   "http://169.254.169.254/latest/meta-data/",
                                   "https://10.0.0.1/",
                                   "file:///etc/passwd",
                                   "/v3/other",
                                   "//127.0.0.2:" + std::to_string(elsewhere.port()) + "/"};
  for (const int status : {301, 302, 303, 307, 308})
    for (const std::string& location : locations) {
      INFO(status << " " << location);
      RoughServer server(always(http_answer(status, "", "Location: " + location + "\r\n")), identity);
      ProbeOptions options;
      options.endpoints["sendgrid"] = server.url("localhost");
      const auto transport = open_network();
      REQUIRE(transport);
      CHECK(why_of(ask_sendgrid(**transport, options)) ==
            "SendGrid answered " + std::to_string(status) + ": a redirect, which is never followed");
      CHECK(server.requests().size() == 1);
    }
  CHECK(elsewhere.connections() == 0);
  CHECK(plain.connections() == 0);
}

// --- a secret in a path

std::string text_of(const Reach& reach);

TEST_CASE("a credential that has to stand in the path stands nowhere else", "[safety]") {
  const std::string secret = "123456789:AA-x/y?z#%20 " + std::string(20, 'q');
  const Catalog catalog;
  Token token = placeholder_token("telegram", {"bot"});
  token.secret = Secret(secret);
  const TempDir directory;
  std::string shown;
  const auto run = [&](const std::string& endpoint) {
    std::string error;
    const auto cache = ReachCache::open(directory.path() / "o", "1");
    REQUIRE(cache != nullptr);
    ProbeOptions options;
    options.endpoints["telegram"] = endpoint;
    options.cache = cache.get();
    options.sent = [&](const SentRequest& sent) {
      shown += sent.provider + " " + sent.host + " " + sent.what + " " + sent.failure + "\n";
    };
    for (const PlannedRequest& planned : plan(std::span(&token, 1), catalog, options))
      shown += planned.host + " " + planned.request + " " + planned.refused + "\n";
    const auto transport = open_network();
    REQUIRE(transport);
    const Reach reach = probe(std::span(&token, 1), catalog, **transport, options).at(0);
    shown += text_of(reach);
    return state_of(reach);
  };
  {
    RoughServer server([&](RoughConnection& connection) {
      while (const auto request = connection.request())
        // A server that repeats the path is no leak either.
        connection.send(http_answer(
            200, json{{"ok", true}, {"result", {{"id", 7}, {"first_name", request->substr(0, 90)}}}}.dump()));
    });
    CHECK(run(server.url("127.0.0.1")) == "live");
    REQUIRE(server.requests().size() == 3);
    CHECK(server.requests()[0].find("GET /bot123456789:AA-x%2fy%3fz%23%2520%20" + std::string(20, 'q') +
                                    "/getMe HTTP") == 0);
    for (const std::string& request : server.requests())
      CHECK(leaks_of(secret, request.substr(request.find("HTTP/1.1"))).empty());
  }
  CHECK(shown.find("GET /bot{secret}/getMe") != std::string::npos);
  for (const char* answer : {"HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example/\r\nContent-Length: 0\r\n\r\n",
                             "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", "garbage\r\n\r\n"}) {
    token.secret = Secret(secret + "2");  // the first one is remembered
    RoughServer server(always(answer));
    CHECK(run(server.url("127.0.0.1")) == "unknown");
  }
  CHECK(run("https://127.0.0.1:1") == "unknown");
  INFO(shown);
  CHECK(leaks_of(secret, shown).empty());
  CHECK(shown.find(std::string(20, 'q')) == std::string::npos);
  std::string kept;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory.path()))
    if (entry.is_regular_file()) {
      std::ifstream in(entry.path(), std::ios::binary);
      kept.append(std::istreambuf_iterator<char>(in), {});
    }
  CHECK(kept.find(std::string(20, 'q')) == std::string::npos);
  CHECK(leaks_of(secret, kept).empty());
}

// --- secrets in answers

constexpr std::string_view kPlanted = "planted-value-of-an-answer";

/// Puts what providers do put into their answers into every object: tokens, keys, environment variables.
void plant(json& value) {
  if (!value.is_structured()) return;
  for (auto& [name, inner] : value.items())
    // Tables that are read as a whole: their keys are the scopes.
    if (name != "permissions" && name != "api_key_access") plant(inner);
  if (!value.is_object()) return;
  for (const char* name : {"auth_token", "authToken", "apiKey", "mobileKey", "secret", "client_secret", "password",
                           "deploy_hook", "ssh_key", "connection_string", "webhook_url", "value"})
    if (!value.contains(name)) value[name] = kPlanted;
  if (!value.contains("build_settings")) value["build_settings"] = {{"env", {{"DATABASE_URL", kPlanted}}}};
}

/// Everything of a reach that a report could show.
std::string text_of(const Reach& reach) {
  std::string out = why_of(reach) + "\n";
  if (const auto* dead = std::get_if<Dead>(&reach)) out += dead->why;
  const Powers* powers = powers_of(reach);
  if (powers == nullptr) return out;
  out += powers->kind + "\n" + powers->identity + "\n" + powers->expires + "\n";
  for (const Grant& grant : powers->grants) out += grant_text(grant) + "\n";
  for (const Resource& resource : powers->resources)
    out += resource.type + " " + resource.id + " " + resource.name + " " + resource.where.text() + "\n";
  for (const std::string& scope : powers->scopes) out += scope + "\n";
  for (const std::string& scope : powers->unmapped) out += scope + "\n";
  for (const std::string& note : powers->notes) out += note + "\n";
  return out;
}

TEST_CASE("secrets that an answer holds beside what was asked for go nowhere", "[safety]") {
  const auto folder = std::filesystem::path(OVERREACH_SOURCE_DIR) / "tests" / "conversations";
  std::size_t planted = 0;
  std::map<std::string, Provider> providers;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".txt") continue;
    Recording recording = read_recording(entry.path());
    for (Exchange& exchange : recording.exchanges) {
      json body = json::parse(exchange.answer.body, nullptr, false);
      if (!body.is_structured()) continue;
      plant(body);
      exchange.answer.body = body.dump();
      planted += exchange.answer.body.find(kPlanted) != std::string::npos ? 1 : 0;
    }
    const std::string& id = recording.settings.at(0).second;
    if (providers.count(id) == 0) providers.emplace(id, load_provider(id));
    const Provider& provider = providers.at(id);
    ReplayTransport transport(recording.exchanges);
    ProbeOptions options;
    options.requests = 50;
    const Reach reach = probe_token(token_of(recording, provider), provider, Powers(), transport, options);
    INFO(recording.name);
    CHECK(text_of(reach).find(kPlanted) == std::string::npos);
  }
  CHECK(planted > 100);
}

}  // namespace
}  // namespace overreach::testing
