// A real Redis with users of many kinds. What is said of each is held against what it can then do.
#include <catch2/catch.hpp>

#include "tests/database/comparison.h"
#include "tests/support/process.h"
#include "tests/support/real_server.h"

namespace overreach::testing {
namespace {

class Redis {
 public:
  explicit Redis(const std::vector<std::string>& more = {}) : server_("redis"), password_(fresh_password()) {
    std::ofstream(server_.directory() + "/redis.conf")
        << "requirepass " << password_ << "\nport " << server_.port() << "\nbind 127.0.0.1\nsave \"\"\ndir "
        << server_.directory() << "\n";
    std::filesystem::permissions(server_.directory() + "/redis.conf", std::filesystem::perms(0644));
    std::vector<std::string> argv = {"redis-server", server_.directory() + "/redis.conf"};
    argv.insert(argv.end(), more.begin(), more.end());
    server_.start(argv, [&] { return accepts_connections(server_.port()); });
  }

  int port() const { return server_.port(); }
  const std::string& password() const { return password_; }

  /// One command in the words of redis-cli; what it answers.
  std::string command(const std::string& text, const std::string& user = "default") const {
    return run_process({"redis-cli", "-p", std::to_string(port()), "--user", user, "--no-auth-warning"}, ".",
                       text + "\n", {"REDISCLI_AUTH=" + password_})
        .out;
  }

  void add_user(const std::string& name, const std::string& rules) const {
    REQUIRE(command("ACL SETUSER " + name + " reset on >" + password_ + " " + rules) == "OK\n");
  }

 private:
  RealServer server_;
  std::string password_;
};

const Redis& redis() {
  static const Redis server;
  return server;
}

Reach ask(const Redis& server, const std::string& user) {
  return ask_database(database_token("redis", user, server.password(), server.port(), {}));
}

Where place(const Redis& server, const std::string& key = {}) {
  Where where{{"host", "127.0.0.1:" + std::to_string(server.port())}};
  where.set("key", key);
  return where;
}

std::vector<Act> all_acts(const Redis& server) {
  std::vector<Act> acts;
  // A user's patterns are places, so a key is looked at through the pattern that allows it.
  for (const std::string key : {"app:*", "cache:*", ""}) {
    const std::string name = key.empty() ? "other" : key.substr(0, key.size() - 1) + "1";
    acts.push_back({"key.read", place(server, key), "GET " + name});
    acts.push_back({"key.write", place(server, key), "SET " + name + " 1"});
    acts.push_back({"key.destroy", place(server, key), "DEL " + name});
  }
  acts.push_back({"database.destroy", place(server), "FLUSHALL"});
  acts.push_back({"channel.send", place(server), "PUBLISH news hello"});
  acts.push_back({"script.exec", place(server), "EVAL \"return 1\" 0"});
  acts.push_back({"server.read", place(server), "CLIENT LIST"});
  acts.push_back({"server.admin", place(server), "CONFIG SET maxclients 500"});
  acts.push_back({"user.admin", place(server), "ACL SETUSER fresh"});
  acts.push_back({"server.exec", place(server), "MODULE LOAD /nothing/there.so"});
  return acts;
}

/// Answers of redis-cli that say no. A module that is not there was at least looked for.
bool refused(const std::string& answer) {
  return answer.find("NOPERM") != std::string::npos || answer.find("not allowed") != std::string::npos ||
         answer.find("READONLY") != std::string::npos;
}

void compare(const Redis& server, const std::string& user) {
  const Reach reach = ask(server, user);
  const std::vector<Act> acts = all_acts(server);
  std::vector<bool> worked;
  for (const Act& act : acts) worked.push_back(!refused(server.command(act.command, user)));
  for (const std::string& difference : disagreements(reach, acts, worked)) {
    INFO(user << ": " << difference);
    CHECK(difference.empty());
  }
}

}  // namespace

TEST_CASE("what is said of a user of Redis is what the server lets it do") {
  redis().add_user("everything", "~* &* +@all");
  redis().add_user("reader", "~* &* +@read +acl");
  redis().add_user("app", "~app:* &* +@read +@write -@dangerous +acl|whoami +acl|dryrun +acl|getuser");
  redis().add_user("two", "%R~app:* ~cache:* resetchannels +@all");
  redis().add_user("cleaner", "~* &* +flushall +acl");
  redis().add_user("scripter", "resetkeys &* +@scripting +acl");
  redis().add_user("watcher", "resetkeys resetchannels +client +info +acl|whoami +acl|dryrun");
  redis().add_user("admin", "resetkeys resetchannels +@admin");
  for (const std::string user :
       {"default", "everything", "reader", "app", "two", "cleaner", "scripter", "watcher", "admin"})
    compare(redis(), user);
}

TEST_CASE("a user of Redis who may not ask keeps the documented bound") {
  redis().add_user("quiet", "~app:* +get +acl|whoami");
  const auto powers = std::get<Live>(ask(redis(), "quiet")).powers;
  CHECK(powers.kind == "acl-user");
  CHECK(powers.notes.front().find("how far is not known") != std::string::npos);
  for (const Grant& grant : powers.grants) CHECK(grant.proof != Proof::proven);
  CHECK_FALSE(powers.grants.empty());
}

TEST_CASE("a Redis that lets modules be loaded is said to run programs") {
  const Redis open({"--enable-module-command", "yes"});
  compare(open, "default");
  bool proven = false;
  const Reach reach = ask(open, "");
  for (const Grant& grant : std::get<Live>(reach).powers.grants)
    proven = proven || (grant.capability == "server.exec" && grant.proof == Proof::proven);
  CHECK(proven);
}

TEST_CASE("a replica of Redis is not said to take writes") {
  const Redis replica(
      {"--replicaof", "127.0.0.1 " + std::to_string(redis().port()), "--masterauth", redis().password()});
  const Reach reach = ask(replica, "");
  REQUIRE(std::holds_alternative<Live>(reach));
  for (const Grant& grant : std::get<Live>(reach).powers.grants) {
    CHECK(grant.capability != "key.write");
    CHECK(grant.capability != "database.destroy");
  }
}

TEST_CASE("Redis' refusals are told apart, and asking changes nothing") {
  redis().command("SET app:kept 1");
  const std::string before =
      redis().command("DBSIZE") + redis().command("ACL LIST") + redis().command("CONFIG GET maxclients");
  CHECK(std::holds_alternative<Live>(ask(redis(), "")));
  CHECK(redis().command("DBSIZE") + redis().command("ACL LIST") + redis().command("CONFIG GET maxclients") == before);
  const Reach wrong = ask_database(database_token("redis", "default", fresh_password(), redis().port(), {}));
  REQUIRE(std::holds_alternative<Dead>(wrong));
  CHECK(std::get<Dead>(wrong).why.find("WRONGPASS") != std::string::npos);
  CHECK(std::holds_alternative<Dead>(ask(redis(), "nobody-there")));
}

}  // namespace overreach::testing
