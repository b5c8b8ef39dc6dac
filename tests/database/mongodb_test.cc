// libmongoc against a scripted MongoDB: real sign-ins by SCRAM-SHA-256, over TLS and not, and servers that misbehave.
#include <catch2/catch.hpp>
#include <cstring>
#include <thread>

#include "scanner/base/base64.h"
#include "tests/database/comparison.h"
#include "tests/database/mongo_server.h"
#include "tests/probe/recorded_probe.h"
#include "tests/support/leaks.h"
#include "tests/support/real_server.h"
#include "tests/support/scoped_environment.h"

namespace overreach::testing {
namespace {

using nlohmann::json;

json privilege(const json& resource, const std::vector<std::string>& actions) {
  return {{"resource", resource}, {"actions", actions}};
}
json of_database(const std::string& name, const std::string& collection = {}) {
  return {{"db", name}, {"collection", collection}};
}
json role(const std::string& name, const std::string& database) { return {{"role", name}, {"db", database}}; }

/// Users as MongoDB describes them.
MongoScript shop(const std::string& password) {
  MongoScript script;
  script.databases = {"admin", "shop", "stock"};
  script.users["reader"] = {.password = password,
                            .roles = {role("read", "shop")},
                            .privileges = {privilege(of_database("shop"), {"find", "listCollections", "changeStream"}),
                                           privilege(of_database("shop", "system.js"), {"find"})}};
  script.users["app"] = {
      .password = password,
      .source = "shop",
      .roles = {role("readWrite", "shop")},
      .privileges = {privilege(of_database("shop"), {"find", "insert", "update", "remove", "dropCollection"}),
                     privilege(of_database("stock", "prices"), {"find"})}};
  script.users["root"] = {.password = password,
                          .roles = {role("root", "admin")},
                          .privileges = {privilege({{"anyResource", true}}, {"anyAction"})}};
  script.users["operator"] = {.password = password,
                              .roles = {role("clusterMonitor", "admin")},
                              .privileges = {privilege({{"cluster", true}}, {"serverStatus", "shutdown"}),
                                             privilege(of_database(""), {"dropDatabase"})}};
  script.users["restorer"] = {
      .password = password,
      .privileges = {privilege(of_database("admin", "system.users"), {"find", "insert", "update", "remove"})}};
  script.users["powerless"] = {.password = password};
  return script;
}

Reach ask(const MongoServer& server, const std::string& user, const std::string& password,
          const std::string& database = {}) {
  return ask_database(database_token("mongodb", user, password, server.port(), database));
}

std::vector<std::string> grants_of(const Reach& reach) {
  if (const auto* unknown = std::get_if<Unknown>(&reach)) return {unknown->why};
  if (const auto* dead = std::get_if<Dead>(&reach)) return {dead->why};
  std::vector<std::string> out;
  for (const Grant& grant : std::get<Live>(reach).powers.grants) {
    std::string text = grant_text(grant);
    if (const std::size_t port = text.find("127.0.0.1:"); port != std::string::npos)
      text.erase(port + 9, text.find_first_of(", ", port) - port - 9);
    out.push_back(text);
  }
  return out;
}

std::string why_of(const Reach& reach) {
  const auto* unknown = std::get_if<Unknown>(&reach);
  return unknown == nullptr ? "it is not unknown" : unknown->why;
}

bool has_note(const Reach& reach, std::string_view text) {
  const std::vector<std::string>& notes = std::get<Live>(reach).powers.notes;
  return std::any_of(notes.begin(), notes.end(),
                     [&](const std::string& note) { return note.find(text) != std::string::npos; });
}

using Texts = std::vector<std::string>;

TEST_CASE("a MongoDB user's actions and resources become capabilities and places", "[mongodb]") {
  const std::string password = fresh_password();
  const MongoServer server(shop(password));
  CHECK(grants_of(ask(server, "reader", password)) == Texts{"catalog.read proven database shop, host 127.0.0.1",
                                                            "document.read proven database shop, host 127.0.0.1"});
  CHECK(grants_of(ask(server, "app", password, "shop")) ==
        Texts{"collection.destroy proven database shop, host 127.0.0.1",
              "document.destroy proven database shop, host 127.0.0.1",
              "document.read proven collection prices, database stock, host 127.0.0.1",
              "document.read proven database shop, host 127.0.0.1",
              "document.write proven database shop, host 127.0.0.1"});
  CHECK(grants_of(ask(server, "operator", password)) == Texts{"cluster.destroy proven host 127.0.0.1",
                                                              "cluster.read proven host 127.0.0.1",
                                                              "database.destroy proven host 127.0.0.1"});
  CHECK(grants_of(ask(server, "powerless", password)).empty());
  const Reach root = ask(server, "root", password);
  const Provider provider = load_provider("mongodb");
  CHECK(grants_of(root).size() == provider.capabilities.size());
  const Powers& powers = std::get<Live>(root).powers;
  CHECK(powers.identity == "user root of admin on 127.0.0.1:" + std::to_string(server.port()));
  CHECK(powers.kind == "user");
  CHECK(powers.unmapped.empty());
  CHECK(has_note(root, "its roles: root on admin"));
  CHECK(std::count_if(powers.resources.begin(), powers.resources.end(),
                      [](const Resource& resource) { return resource.type == "database"; }) == 3);
}

TEST_CASE("who may write where MongoDB keeps its users may make himself anything", "[mongodb]") {
  const std::string password = fresh_password();
  const MongoServer server(shop(password));
  CHECK(grants_of(ask(server, "restorer", password)) == Texts{"user.admin proven host 127.0.0.1"});
}

TEST_CASE("nothing but reads is sent to a MongoDB, and the password is not", "[mongodb]") {
  const std::string password = fresh_password();
  MongoScript script = shop(password);
  script.begins_early = GENERATE(true, false);
  const MongoServer server(script);
  REQUIRE(std::holds_alternative<Live>(ask(server, "root", password)));
  const std::set<std::string> reads = {"hello",        "isMaster",         "ismaster",      "saslStart",
                                       "saslContinue", "connectionStatus", "listDatabases", "endSessions"};
  const auto commands = server.commands();
  for (const std::string& command : commands) CHECK(reads.count(command) == 1);
  CHECK(std::count(commands.begin(), commands.end(), "saslStart") == (script.begins_early ? 0 : 1));
  CHECK(leaks_of(password, server.received()).empty());
}

TEST_CASE("a MongoDB user is looked for at the URL's database, then at admin", "[mongodb]") {
  const std::string password = fresh_password();
  const MongoServer server(shop(password));
  CHECK(std::holds_alternative<Live>(ask(server, "reader", password, "shop")));
  // Where the URL says which one, that one counts.
  Token token = database_token("mongodb", "reader", password, server.port(), "shop");
  token.companions.push_back({"auth_source", Secret("shop"), false});
  CHECK(std::holds_alternative<Dead>(ask_database(token)));
  token.companions.back().value = Secret("admin");
  CHECK(std::holds_alternative<Live>(ask_database(token)));
}

TEST_CASE("a wrong password of MongoDB is dead, and trouble on the way is not", "[mongodb]") {
  const std::string password = fresh_password();
  const MongoServer server(shop(password));
  for (const char* user : {"root", "nobody"}) {
    const Reach reach = ask(server, user, fresh_password());
    REQUIRE(std::holds_alternative<Dead>(reach));
    CHECK(std::get<Dead>(reach).why == "MongoDB does not accept this user and password");
  }
  struct Row {
    const char* command;
    int code;
    const char* says;
  };
  for (const Row& row : {Row{"saslStart", 334, "refused the sign-in"}, Row{"saslContinue", 8000, "refused the sign-in"},
                         Row{"connectionStatus", 13, "refused to answer (code 13)"}}) {
    INFO(row.command);
    MongoScript script = shop(password);
    script.instead = [row, &password](const std::string& command) {
      return command == row.command ? json{{"ok", 0}, {"code", row.code}, {"errmsg", "no, " + password}} : json();
    };
    const MongoServer refusing(script);
    const std::string why = why_of(ask(refusing, "root", password));
    CHECK(why.find(row.says) != std::string::npos);
    CHECK(leaks_of(password, why).empty());
  }
}

TEST_CASE("a secondary of MongoDB is read from only", "[mongodb]") {
  const std::string password = fresh_password();
  MongoScript script = shop(password);
  script.hello = {
      {"isWritablePrimary", false},      {"secondary", true},  {"setName", "rs0"}, {"hosts", {"10.255.255.1:27017"}},
      {"primary", "10.255.255.1:27017"}, {"me", "localhost:1"}};
  for (const bool knows_hello : {true, false}) {
    script.knows_hello = knows_hello;
    const MongoServer server(script);
    const Reach reach = ask(server, "app", password, "shop");
    CHECK(grants_of(reach) == Texts{"document.read proven collection prices, database stock, host 127.0.0.1",
                                    "document.read proven database shop, host 127.0.0.1"});
    CHECK(has_note(reach, "this server is a secondary"));
  }
}

TEST_CASE("a server that tells roles only is taken by MongoDB's documentation", "[mongodb]") {
  const std::string password = fresh_password();
  MongoScript script;
  script.users["app"] = {
      .password = password, .roles = {role("read", "shop"), role("our-own", "admin")}, .privileges = nullptr};
  const MongoServer server(script);
  const Reach reach = ask(server, "app", password);
  CHECK(grants_of(reach) == Texts{"catalog.read documented database shop, host 127.0.0.1",
                                  "document.read documented database shop, host 127.0.0.1"});
  CHECK(std::get<Live>(reach).powers.unmapped == std::set<std::string>{"our-own"});
}

TEST_CASE("texts of a MongoDB are made safe", "[mongodb]") {
  const std::string password = fresh_password();
  MongoScript script = shop(password);
  script.databases = {"shop\x1b[31m", "x" + password, base64(":" + password)};
  script.users["root"].roles = {role("root" + password, "admin\n")};
  const MongoServer server(script);
  const Reach reach = ask(server, "root", password);
  std::string shown;
  for (const Resource& resource : std::get<Live>(reach).powers.resources) shown += resource.id + "\n";
  for (const std::string& note : std::get<Live>(reach).powers.notes) shown += note + "\n";
  CHECK(leaks_of(password, shown).empty());
  CHECK(shown.find('\x1b') == std::string::npos);
}

/// As if the server were on another machine.
Reach ask_elsewhere(int port, const std::string& password, const std::atomic<bool>* stop = nullptr,
                    bool loopback = false) {
  const Provider provider = load_provider("mongodb");
  const Token token = database_token("mongodb", "root", password, port, {});
  const ProbeOptions options;
  DatabaseSession session{token, provider, options, {}, {}, {}};
  session.login.host = "localhost";
  session.login.port = static_cast<unsigned>(port);
  session.login.user = "root";
  session.login.password = Secret(password);
  session.address = {.numeric = "127.0.0.1", .loopback = loopback};
  session.patience = {.end = std::chrono::steady_clock::now() + std::chrono::seconds(20), .stop = stop};
  return probe_mongodb(session, Powers());
}

TEST_CASE("MongoDB elsewhere is signed in to through trusted TLS only", "[mongodb]") {
  const std::string password = fresh_password();
  const TempDir directory;
  const TestAuthority authority;
  const std::string file = (directory.path() / "authority.pem").string();
  authority.write(file);
  const MongoServer good(shop(password), authority.issue({"DNS:localhost"}));
  const MongoServer misnamed(shop(password), authority.issue({"DNS:other.example"}));
  const MongoServer plain(shop(password));
  {
    const ScopedEnvironment environment(trusting(file));
    const Reach reach = ask_elsewhere(good.port(), password);
    INFO(why_of(reach));
    CHECK(std::holds_alternative<Live>(reach));
    CHECK(why_of(ask_elsewhere(misnamed.port(), password)).find("TLS certificate") != std::string::npos);
  }
  CHECK(why_of(ask_elsewhere(good.port(), password)).find("TLS certificate") != std::string::npos);
  CHECK(why_of(ask_elsewhere(plain.port(), password)).find("was not asked") != std::string::npos);
  CHECK(misnamed.commands().empty());
  CHECK(plain.commands().empty());
}

TEST_CASE("what is no MongoDB is unknown", "[mongodb]") {
  struct Row {
    const char* name;
    RoughServer::Script script;
  };
  const std::string huge = std::string("\xff\xff\xff\x7f", 4) + std::string(12, '\1');
  const Row rows[] = {
      {"a web server", [](RoughConnection& c) { c.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"); }},
      {"a closed door", [](RoughConnection&) {}},
      {"a huge message",
       [&](RoughConnection& c) {
         c.send(huge);
         c.bytes(1 << 20);
       }},
      {"half a message", [](RoughConnection& c) { c.send(std::string("\x40\0\0\0\1\0", 6)); }},
      {"an endless one",
       [](RoughConnection& c) {
         c.send(std::string("\0\0\0\2", 4));
         while (c.send(std::string(65'536, '\0'))) {
         }
       }},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      const RoughServer server(row.script);
      const std::string password = fresh_password();
      const std::string why = why_of(ask_elsewhere(server.port(), password, nullptr, true));
      INFO(why);
      CHECK((why.find("could not be read") != std::string::npos ||
             why.find("closed the connection") != std::string::npos ||
             why.find("sent more than") != std::string::npos));
      CHECK(leaks_of(password, why).empty());
    }
}

TEST_CASE("a MongoDB that says nothing is given up when the user has had enough", "[mongodb]") {
  std::atomic<bool> stop{false};
  RoughServer silent([&](RoughConnection& connection) {
    connection.bytes(16);
    stop = true;
    connection.bytes(1 << 20);
  });
  CHECK(why_of(ask_elsewhere(silent.port(), fresh_password(), &stop, true)) ==
        "MongoDB gave no answer before the interruption");
}

}  // namespace
}  // namespace overreach::testing
