// What is no answer is none, whichever provider gives it: every provider file with a probe, every kind of trouble.
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "detectors/probe/probe_token.h"
#include "rules/catalog/catalog.h"
#include "tests/probe/recorded_probe.h"

namespace overreach::testing {
namespace {

/// Gives one answer to everything, and counts.
class OneAnswer : public Transport {
 public:
  explicit OneAnswer(Response answer) : answer_(std::move(answer)) {}
  Result<Response> get(const Request&) override {
    ++requests;
    return answer_;
  }
  Result<Response> query(const Request&, std::string_view, const Secret&, std::string_view) override {
    ++requests;
    return answer_;
  }
  void pause(std::chrono::milliseconds, const std::atomic<bool>*) override {}

  unsigned requests = 0;

 private:
  Response answer_;
};

/// Whatever a conversation may want beside a token, in a form that most take.
Token token_with_everything(const Provider& provider, const TokenRule& rule) {
  Token token = placeholder_token(provider.id, rule.kinds);
  token.rule = rule.id;
  std::map<std::string, std::string> values = {{"host", "own.example.com"},
                                               {"server", "https://own.example.com"},
                                               {"site", "own.atlassian.net"},
                                               {"user", "ana"},
                                               {"email", "ana@example.com"},
                                               {"access_key_id", "AKIAEXAMPLE"},
                                               {"key_id", "abc"},
                                               {"consumer_key", "{consumer}"},
                                               {"account_id", "ABCDEFGHIJ"},
                                               {"account_sid", "AC1"},
                                               {"client_id", "c1"},
                                               {"tenant_id", "t1"},
                                               {"secret_access_key", "{secret}"}};
  for (const CompanionRule& companion : rule.companions) values.try_emplace(companion.role, "x");
  // A tenant has a host of the provider's.
  for (const std::string& host : provider.hosts)
    if (host.rfind("*.", 0) == 0 && provider.probe.self_hosted && provider.probe.self_hosted->companion != "account_id")
      values[provider.probe.self_hosted->companion] = "own" + host.substr(1);
  for (const auto& [role, value] : values) token.companions.push_back({role, Secret(value), false});
  return token;
}

Response answer(int status, std::string type, std::string body) {
  return {.status = status, .headers = {{"content-type", std::move(type)}}, .body = std::move(body)};
}

TEST_CASE("limits, trouble, redirects, login pages and broken bodies are unknown for every provider", "[outcomes]") {
  const Catalog catalog;
  const std::map<std::string, Response> answers = {
      {"rate limited", answer(429, "application/json", R"({"message": "slow down"})")},
      {"in trouble", answer(500, "application/json", R"({"message": "oops"})")},
      {"unavailable", answer(503, "text/plain", "")},
      {"redirect", {.status = 302, .headers = {{"location", "https://elsewhere.example/"}}, .body = {}}},
      {"login page", answer(200, "text/html", "<!DOCTYPE html><html><body>Welcome</body></html>")},
      {"broken body", answer(200, "application/json", R"({"data": {"id": 1, "scopes": ["adm)")},
      {"empty body", answer(200, "application/json", "")},
  };
  std::set<std::string> asked;
  for (std::size_t i = 0; i < catalog.size(); ++i) {
    const Provider& provider = catalog.provider(i);
    if (provider.probe.empty() || !provider.probe.database.empty()) continue;
    for (const TokenRule& rule : provider.tokens) {
      const Token token = token_with_everything(provider, rule);
      if (!can_be_asked(token, provider)) continue;
      for (const auto& [name, response] : answers) {
        OneAnswer transport(response);
        ProbeOptions options;
        options.extra_hosts = {"own.example.com"};
        const Reach reach = probe_token(token, provider, Powers(), transport, options);
        INFO(rule.id << ", " << name);
        // Some kinds have nothing that could be asked.
        if (transport.requests == 0 && std::holds_alternative<NotProbed>(reach)) continue;
        const auto* unknown = std::get_if<Unknown>(&reach);
        CHECK((unknown != nullptr && !unknown->why.empty()));
        if (transport.requests > 0) asked.insert(provider.id);
      }
    }
  }
  // Or nothing was tested: but for the few whose conversation needs more than placeholders, all were asked.
  CHECK(asked.size() >= 70);
}

}  // namespace
}  // namespace overreach::testing
