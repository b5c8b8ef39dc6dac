#include "detectors/probe/reach_cache.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <ctime>
#include <fstream>
#include <iterator>

#include "detectors/probe/probe_token.h"
#include "tests/probe/recorded_probe.h"
#include "tests/support/rough_server.h"
#include "tests/support/temp_dir.h"

namespace overreach::testing {
namespace {

namespace fs = std::filesystem;

const Target kTarget{.base = "https://api.example.com"};

Reach some_live() {
  Powers powers;
  powers.kind = "classic";
  powers.identity = "user ana";
  powers.expires = "never";
  powers.grants = {{"repo.destroy", Effect::destroy, Where{{"project", "p"}, {"account", "a"}}, Proof::proven},
                   {"repo.read", Effect::read, Where(), Proof::assumed}};
  powers.resources = {{.type = "project", .id = "1", .name = "p", .where = Where{{"project", "p"}}}};
  powers.scopes = {"repo"};
  powers.unmapped = {"new"};
  powers.notes = {"a note"};
  return Live{powers};
}

bool same(const Powers& a, const Powers& b) {
  return a.kind == b.kind && a.identity == b.identity && a.expires == b.expires && a.grants == b.grants &&
         a.resources == b.resources && a.scopes == b.scopes && a.unmapped == b.unmapped && a.notes == b.notes;
}

std::string bytes_of(const fs::path& directory) {
  std::string out;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    out.append(std::istreambuf_iterator<char>(file), {});
  }
  return out;
}

unsigned mode_of(const fs::path& path) {
  struct stat info {};
  REQUIRE(stat(path.c_str(), &info) == 0);
  return info.st_mode & 0777U;
}

std::unique_ptr<ReachCache> open_cache(const fs::path& directory, std::string_view program = "1") {
  auto cache = ReachCache::open(directory, program);
  REQUIRE(cache != nullptr);
  return cache;
}

TEST_CASE("what is remembered comes back as it was, for ten minutes", "[cache]") {
  const TempDir directory;
  const std::int64_t now = std::time(nullptr);
  {
    const auto cache = open_cache(directory.path() / "o");
    cache->remember("a", some_live(), now);
    cache->remember("b", Dead{"GitHub answered 401"}, now);
    cache->remember("c", Unknown{"GitHub answered 500", {}}, now);
    cache->remember("d", NotProbed{}, now);
  }
  const auto cache = open_cache(directory.path() / "o");
  const auto live = cache->find("a", now + 600);
  REQUIRE(live);
  CHECK(live->age == std::chrono::seconds(600));
  REQUIRE(std::holds_alternative<Live>(live->reach));
  CHECK(same(*powers_of(live->reach), *powers_of(some_live())));
  const auto dead = cache->find("b", now);
  REQUIRE(dead);
  CHECK(std::get<Dead>(dead->reach).why == "GitHub answered 401");
  CHECK(!cache->find("c", now));
  CHECK(!cache->find("d", now));
  CHECK(!cache->find("a", now + 601));
  CHECK(!cache->find("a", now - 1));  // the clock went back
  CHECK(!cache->find("e", now));
}

TEST_CASE("what is too old is not kept", "[cache]") {
  const TempDir directory;
  const std::int64_t now = std::time(nullptr);
  open_cache(directory.path() / "o")->remember("a", some_live(), now - 700);
  CHECK(bytes_of(directory.path()).find("user ana") != std::string::npos);
  open_cache(directory.path() / "o");
  CHECK(bytes_of(directory.path()).find("user ana") == std::string::npos);
}

TEST_CASE("a conversation is named by all that it depends on, and its credential cannot be seen in the name",
          "[cache]") {
  const TempDir directory;
  const auto cache = open_cache(directory.path() / "o");
  Token token = placeholder_token("github", {"classic"});
  const ProbeOptions options;
  const std::string key = cache->key(token, kTarget, options);
  CHECK(key.size() == 32);
  CHECK(cache->key(token, kTarget, options) == key);

  std::vector<std::string> others;
  const auto with = [&](const std::function<void(Token&, Target&, ProbeOptions&)>& change) {
    Token other = token;
    Target target = kTarget;
    ProbeOptions changed;
    change(other, target, changed);
    others.push_back(cache->key(other, target, changed));
  };
  with([](Token& t, Target&, ProbeOptions&) { t.secret = Secret("{token}."); });
  with([](Token& t, Target&, ProbeOptions&) { t.provider = "gitlab"; });
  with([](Token& t, Target&, ProbeOptions&) { t.rule = "x"; });
  with([](Token& t, Target&, ProbeOptions&) { t.kinds = {"fine-grained"}; });
  with([](Token& t, Target&, ProbeOptions&) { t.companions = {{"host", Secret("h"), false}}; });
  with([](Token& t, Target&, ProbeOptions&) { t.companions = {{"hos", Secret("th"), false}}; });
  with([](Token&, Target& t, ProbeOptions&) { t.base = "https://api.example.org"; });
  with([](Token&, Target&, ProbeOptions& o) { o.requests = 11; });
  others.push_back(open_cache(directory.path() / "o", "2")->key(token, kTarget, options));
  const TempDir elsewhere;  // another machine
  others.push_back(open_cache(elsewhere.path() / "o")->key(token, kTarget, options));
  others.push_back(key);
  std::sort(others.begin(), others.end());
  CHECK(std::adjacent_find(others.begin(), others.end()) == others.end());
  // Another run on this machine finds it again.
  CHECK(open_cache(directory.path() / "o")->key(token, kTarget, options) == key);
}

TEST_CASE("the files are for their owner alone, and what is not trustworthy is not used", "[cache]") {
  const TempDir directory;
  const fs::path place = directory.path() / "o";
  open_cache(place)->remember("a", some_live(), std::time(nullptr));
  CHECK(mode_of(place) == 0700);
  CHECK(mode_of(place / "reach.key") == 0600);
  CHECK(mode_of(place / "reach.sqlite") == 0600);
  for (const auto& entry : fs::directory_iterator(place)) CHECK(mode_of(entry.path()) == 0600);

  fs::permissions(place / "reach.key", fs::perms(0644));
  CHECK(ReachCache::open(place, "1") == nullptr);
  fs::permissions(place / "reach.key", fs::perms(0600));
  std::ofstream(place / "reach.key", std::ios::trunc) << "short";
  CHECK(ReachCache::open(place, "1") == nullptr);
  CHECK(ReachCache::clear(place));
  CHECK(!ReachCache::clear(place));
  CHECK(fs::is_empty(place));

  std::ofstream(place / "reach.sqlite") << "not a database, but long enough to be read as one\n";
  fs::permissions(place / "reach.sqlite", fs::perms(0644));
  const auto made_anew = open_cache(place);
  CHECK(mode_of(place / "reach.sqlite") == 0600);
  CHECK(!made_anew->find("a", std::time(nullptr)));
  CHECK(ReachCache::open("", "1") == nullptr);
}

/// A SendGrid that gives one answer, asked twice with a cache.
unsigned requests_of_two_runs(const std::string& answer, std::vector<Reach>* reaches = nullptr) {
  static const Catalog catalog;
  const TempDir directory;
  RoughServer server(always(answer));
  const auto cache = open_cache(directory.path() / "o");
  Token token = placeholder_token("sendgrid", {"restricted"});
  ProbeOptions options;
  options.endpoints["sendgrid"] = server.url("127.0.0.1");
  options.cache = cache.get();
  for (int run = 0; run < 2; ++run) {
    const auto transport = open_network();
    REQUIRE(transport);
    const std::vector<Reach> found = probe(std::span(&token, 1), catalog, **transport, options);
    if (reaches != nullptr) reaches->push_back(found.at(0));
  }
  CHECK(bytes_of(directory.path()).find("{token}") == std::string::npos);
  return static_cast<unsigned>(server.requests().size());
}

TEST_CASE("an answer is asked for once, and the second time it says so", "[cache]") {
  std::vector<Reach> reaches;
  CHECK(requests_of_two_runs(http_answer(200, R"({"scopes": ["mail.send", "you sent {token}"]})"), &reaches) == 1);
  Powers again = *powers_of(reaches.at(1));
  REQUIRE(!again.notes.empty());
  CHECK(again.notes.back().rfind("asked ", 0) == 0);
  CHECK(again.notes.back().find("--no-cache") != std::string::npos);
  again.notes.pop_back();
  CHECK(same(again, *powers_of(reaches.at(0))));
  const std::string dead = http_answer(401, R"({"errors": [{"message": "authorization required"}]})");
  CHECK(requests_of_two_runs(dead, &reaches) == 2);  // one for each region, in the first run
  CHECK(state_of(reaches.at(3)) == "dead");
}

TEST_CASE("limits, trouble and everything else that is no answer are never remembered", "[cache]") {
  for (const int status : {301, 408, 418, 429, 500, 502, 503, 504, 599}) {
    INFO(status);
    CHECK(requests_of_two_runs(http_answer(status, "{}")) == 2);
  }
  CHECK(requests_of_two_runs("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{") == 2);
  CHECK(requests_of_two_runs(http_answer(200, "<html>")) == 2);
}

TEST_CASE("a life that was proven before trouble came is not remembered", "[cache]") {
  static const Provider provider = load_provider("stripe");
  for (const int trouble : {200, 429, 503}) {
    const TempDir directory;
    const auto cache = open_cache(directory.path() / "o");
    RoughServer server([&](RoughConnection& connection) {
      while (const auto request = connection.request()) {
        const bool first = request->find("/v1/balance") != std::string::npos;
        connection.send(http_answer(first ? 200 : trouble, R"({"object": "balance", "id": "acct"})"));
      }
    });
    ProbeOptions options;
    options.endpoints["stripe"] = server.url("127.0.0.1");
    options.cache = cache.get();
    const Token token = placeholder_token("stripe", {"secret"});
    for (int run = 0; run < 2; ++run) {
      const auto transport = open_network();
      REQUIRE(transport);
      CHECK(state_of(probe_token(token, provider, Powers(), **transport, options)) == "live");
    }
    INFO(trouble);
    CHECK(server.requests().size() == (trouble == 200 ? 2 : 4));
  }
}

TEST_CASE("a rate limit that AWS says with status 400 is never remembered, a refusal is", "[cache]") {
  static const Provider provider = load_provider("aws");
  for (const auto& [status, code] : {std::pair{400, "Throttling"},
                                     {400, "ThrottlingException"},
                                     {400, "RequestLimitExceeded"},
                                     {400, "TooManyRequestsException"},
                                     {403, "AccessDenied"}}) {
    INFO(code);
    const TempDir directory;
    const auto cache = open_cache(directory.path() / "o");
    const std::string caller =
        "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/deploy</Arn>"
        "<UserId>X</UserId><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
    const std::string error = std::string("<ErrorResponse><Error><Code>") + code + "</Code></Error></ErrorResponse>";
    RoughServer server([&](RoughConnection& connection) {
      while (const auto request = connection.request()) {
        const bool first = request->find("GetCallerIdentity") != std::string::npos;
        connection.send(http_answer(first ? 200 : status, first ? caller : error, "Content-Type: text/xml\r\n"));
      }
    });
    ProbeOptions options;
    options.endpoints["aws"] = server.url("127.0.0.1");
    options.cache = cache.get();
    Token token = placeholder_token("aws", {"user"});
    token.companions = {{"secret_access_key", Secret("{secret}"), true}};
    std::size_t requests[2] = {};
    for (std::size_t& after : requests) {
      const auto transport = open_network();
      REQUIRE(transport);
      CHECK(state_of(probe_token(token, provider, Powers(), **transport, options)) == "live");
      after = server.requests().size();
    }
    CHECK((requests[1] == requests[0]) == (status == 403));
  }
}

}  // namespace
}  // namespace overreach::testing
