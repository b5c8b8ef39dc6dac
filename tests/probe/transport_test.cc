// The real transport against a real socket.
#include <catch2/catch.hpp>
#include <cstdlib>

#include "detectors/probe/probe.h"
#include "tests/support/scripted_server.h"

namespace overreach::testing {
namespace {

constexpr std::string_view kPlaceholder = "{token}";

Request request_to(const std::string& url) {
  Request request;
  request.url = url;
  request.headers.push_back({"authorization", Secret("Bearer " + std::string(kPlaceholder))});
  return request;
}

std::unique_ptr<Transport> network() {
  auto transport = open_network();
  REQUIRE(transport);
  return std::move(*transport);
}

TEST_CASE("a GET carries its headers, our name, and nothing else of ours", "[transport]") {
  ScriptedServer server([](const ScriptedRequest&) {
    return ScriptedAnswer{.status = 200, .body = R"({"ok":true})", .headers = {{"X-Scopes", " a, b "}}};
  });
  // A proxy from the environment would see where tokens go.
  ::setenv("http_proxy", "http://127.0.0.1:9", 1);
  const auto response = network()->get(request_to(server.url() + "/me?x=1"));
  ::unsetenv("http_proxy");
  REQUIRE(response);
  CHECK(response->status == 200);
  CHECK(response->body == R"({"ok":true})");
  CHECK(response->header("x-scopes") == "a, b");
  REQUIRE(server.requests().size() == 1);
  const ScriptedRequest seen = server.requests()[0];
  CHECK(seen.method == "GET");
  CHECK(seen.path == "/me?x=1");
  CHECK(seen.header("authorization") == "Bearer {token}");
  CHECK(seen.header("user-agent").rfind("overreach/", 0) == 0);
  CHECK(seen.header("cookie").empty());
  CHECK(seen.body.empty());
}

TEST_CASE("a POST needs a reason and carries its body", "[transport]") {
  ScriptedServer server([](const ScriptedRequest&) { return ScriptedAnswer{.body = "{}"}; });
  const auto transport = network();
  const auto refused = transport->query(request_to(server.url() + "/q"), "application/json", Secret("{}"), "");
  REQUIRE(!refused);
  CHECK(refused.error().kind == Error::Kind::refused);
  CHECK(server.requests().empty());
  const auto sent =
      transport->query(request_to(server.url() + "/q"), "application/json", Secret(R"({"a":1})"), "a read");
  REQUIRE(sent);
  REQUIRE(server.requests().size() == 1);
  CHECK(server.requests()[0].method == "POST");
  CHECK(server.requests()[0].header("content-type") == "application/json");
  CHECK(server.requests()[0].header("expect").empty());
  CHECK(server.requests()[0].body == R"({"a":1})");
}

TEST_CASE("a redirect is handed back, not followed", "[transport]") {
  ScriptedServer elsewhere([](const ScriptedRequest&) { return ScriptedAnswer{.body = "{}"}; });
  ScriptedServer server([&](const ScriptedRequest&) {
    return ScriptedAnswer{.status = 302, .body = "", .headers = {{"Location", elsewhere.url() + "/me"}}};
  });
  const auto response = network()->get(request_to(server.url() + "/me"));
  REQUIRE(response);
  CHECK(response->status == 302);
  CHECK(elsewhere.requests().empty());
}

TEST_CASE("answers that are too large or too slow are errors without the token", "[transport]") {
  struct Row {
    const char* name;
    ScriptedAnswer answer;
    Error::Kind kind;
  };
  const Row rows[] = {
      {"body over 4 MiB", {.body = std::string((std::size_t{4} << 20U) + 1, 'x')}, Error::Kind::limit},
      {"headers over 64 KiB",
       {.body = "{}", .headers = {{"X-A", std::string(40'000, 'a')}, {"X-B", std::string(40'000, 'b')}}},
       Error::Kind::limit},
      {"slow", {.body = "{}", .delay = std::chrono::milliseconds(3'000)}, Error::Kind::network},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      ScriptedServer server([&](const ScriptedRequest&) { return row.answer; });
      Request request = request_to(server.url() + "/me");
      request.timeout = std::chrono::milliseconds(row.kind == Error::Kind::network ? 200 : 10'000);
      const auto response = network()->get(request);
      REQUIRE(!response);
      CHECK(response.error().kind == row.kind);
      CHECK(response.error().message.find(kPlaceholder) == std::string::npos);
    }
}

TEST_CASE("a body of exactly 4 MiB is read", "[transport]") {
  ScriptedServer server(
      [](const ScriptedRequest&) { return ScriptedAnswer{.body = std::string(std::size_t{4} << 20U, 'x')}; });
  const auto response = network()->get(request_to(server.url() + "/"));
  REQUIRE(response);
  CHECK(response->body.size() == std::size_t{4} << 20U);
}

TEST_CASE("nothing is sent in the clear, to private addresses or to disguised loopback", "[transport]") {
  ScriptedServer server([](const ScriptedRequest&) { return ScriptedAnswer{.body = "{}"}; });
  const std::string port = ":" + std::to_string(server.port());
  const std::string urls[] = {
      "http://api.example.com/",       "ftp://127.0.0.1/",
      "file:///etc/hostname",          "https://10.0.0.1/",
      "https://169.254.169.254/",      "https://[fd00:ec2::254]/",
      "https://127.1" + port + "/",    "https://2130706433" + port + "/",
      "https://0.0.0.0" + port + "/",  "https://[::ffff:127.0.0.1]" + port + "/",
      "http://127.0.0.1.example.com/", "",
  };
  const auto transport = network();
  for (const std::string& url : urls) {
    INFO(url);
    const auto response = transport->get(request_to(url));
    REQUIRE(!response);
    CHECK(response.error().kind == Error::Kind::refused);
    CHECK(response.error().message.find(kPlaceholder) == std::string::npos);
  }
  CHECK(server.requests().empty());
}

TEST_CASE("a loopback server without a trusted certificate is not believed", "[transport]") {
  ScriptedServer server([](const ScriptedRequest&) { return ScriptedAnswer{.body = "{}"}; });
  const auto response = network()->get(request_to("https://127.0.0.1:" + std::to_string(server.port()) + "/"));
  REQUIRE(!response);
  CHECK(response.error().kind == Error::Kind::network);
}

TEST_CASE("only loopback endpoints are taken from the command line", "[transport]") {
  for (const char* url : {"http://127.0.0.1:8080", "https://localhost", "http://[::1]:1/x", "http://127.9.9.9/"})
    CHECK_NOTHROW(require_loopback("railway", url));
  for (const char* url :
       {"http://10.0.0.1", "https://api.example.com", "http://127.0.0.1.example.com", "http://a@127.0.0.1",
        "ftp://127.0.0.1", "127.0.0.1:80", "http://localhost.example.com", "http://127.evil.0.1", ""}) {
    INFO(url);
    CHECK_THROWS_AS(require_loopback("railway", url), UsageError);
  }
}

}  // namespace
}  // namespace overreach::testing
