// Where a password may be taken: nowhere that the user has not named.
#include "detectors/probe/database/login.h"

#include <unistd.h>

#include <catch2/catch.hpp>

#include "tests/database/comparison.h"
#include "tests/probe/recorded_probe.h"

namespace overreach::testing {
namespace {

std::string refusal(const Token& token, const ProbeOptions& options) {
  const auto login = login_of(token, load_provider(token.provider), options);
  return login ? std::string() : login.error().message;
}

Token somewhere(const std::string& host, const std::string& port = {}) {
  Token token = database_token("postgres", "a%40b", "p%2Fw", 1, "shop");
  for (Companion& companion : token.companions) {
    if (companion.role == "host") companion.value = Secret(host);
    if (companion.role == "port") companion.value = Secret(port);
  }
  return token;
}

Patience a_second() { return {.end = std::chrono::steady_clock::now() + std::chrono::seconds(1), .stop = nullptr}; }

}  // namespace

TEST_CASE("a database is asked only with --probe-db and --probe-host") {
  ProbeOptions options;
  CHECK(refusal(somewhere("db.example.com"), options).find("--probe-db") != std::string::npos);
  options.databases = true;
  CHECK(refusal(somewhere("db.example.com"), options).find("--probe-host db.example.com") != std::string::npos);
  options.extra_hosts = {"other.example.com"};
  CHECK(refusal(somewhere("db.example.com"), options).find("--probe-host") != std::string::npos);
  options.extra_hosts = {"db.example.com"};
  CHECK(refusal(somewhere("db.example.com"), options).empty());
  const Reach unasked =
      probe_database(somewhere("db.example.com"), load_provider("postgres"), Powers(), ProbeOptions());
  REQUIRE(std::holds_alternative<NotProbed>(unasked));
  CHECK(std::get<NotProbed>(unasked).upto.notes.front().find("--probe-db") != std::string::npos);
}

TEST_CASE("URL escapes are undone, and the usual port is taken") {
  ProbeOptions options;
  options.databases = true;
  options.extra_hosts = {"db.example.com"};
  const auto login = login_of(somewhere("db.example.com"), load_provider("postgres"), options);
  REQUIRE(login);
  CHECK(login->user == "a@b");
  CHECK(login->password.reveal() == "p/w");
  CHECK(login->port == 5432);
}

TEST_CASE("what is no host and no port is not connected to") {
  ProbeOptions options;
  options.databases = true;
  options.extra_hosts = {"db.example.com", "${HOST}", "/tmp"};
  for (const char* host : {"${HOST}", "/tmp", "", "a b"}) CHECK_FALSE(refusal(somewhere(host), options).empty());
  for (const char* port : {"0", "65536", "99999999999", "5x"})
    CHECK(refusal(somewhere("db.example.com", port), options).find("port") != std::string::npos);
}

TEST_CASE("metadata services are not connected to, whatever the user named") {
  for (const char* host : {"169.254.169.254", "100.100.100.200", "0.0.0.0", "224.0.0.1"}) {
    DatabaseLogin login;
    login.host = host;
    login.port = 80;
    const auto address = find_address(login, a_second());
    REQUIRE_FALSE(address);
    CHECK(address.error().message.find("link-local or metadata") != std::string::npos);
  }
}

TEST_CASE("a name that does not exist and a port that nobody listens on are told apart") {
  DatabaseLogin login;
  login.host = "127.0.0.1";
  login.port = 1;
  CHECK(find_address(login, a_second()).error().message.find("nothing accepts connections") != std::string::npos);
}

TEST_CASE("a wish to stop is heard while a server says nothing") {
  std::atomic<bool> stop{true};
  const Patience patience{.end = std::chrono::steady_clock::now() + std::chrono::hours(1), .stop = &stop};
  int pipes[2];
  REQUIRE(pipe(pipes) == 0);
  const auto waited = patience.wait_for(pipes[0], POLLIN);
  REQUIRE_FALSE(waited);
  CHECK(waited.error().message.find("interruption") != std::string::npos);
  close(pipes[0]);
  close(pipes[1]);
}

}  // namespace overreach::testing
