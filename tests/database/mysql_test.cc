// A real MariaDB with accounts of many kinds. What is said of each is held against what it can then do.
#include <catch2/catch.hpp>
#include <sstream>

#include "tests/database/comparison.h"
#include "tests/support/process.h"
#include "tests/support/real_server.h"

namespace overreach::testing {
namespace {

class Mariadb {
 public:
  Mariadb() : server_("mysql"), password_(fresh_password()) {
    const std::string data = server_.directory() + "/data";
    server_.run({"mariadb-install-db", "--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db",
                 "--datadir=" + data, "--tmpdir=" + server_.directory()});
    std::ofstream(server_.directory() + "/init.sql")
        << "ALTER USER root@localhost IDENTIFIED BY '" << password_ << "';\n";
    server_.start({"mariadbd", "--no-defaults", "--datadir=" + data, "--port=" + std::to_string(server_.port()),
                   "--bind-address=127.0.0.1", "--socket=" + server_.directory() + "/sock",
                   "--pid-file=" + server_.directory() + "/pid", "--init-file=" + server_.directory() + "/init.sql",
                   "--tmpdir=" + server_.directory(), "--innodb-flush-log-at-trx-commit=0",
                   "--innodb-buffer-pool-size=16M", "--secure-file-priv="},
                  [&] { return accepts_connections(server_.port()) && sql("SELECT 1").exit_code == 0; });
  }

  int port() const { return server_.port(); }
  const std::string& password() const { return password_; }

  Outcome sql(const std::string& statements, const std::string& user = "root", const std::string& database = {}) const {
    std::vector<std::string> argv = {"mariadb",
                                     "--no-defaults",
                                     "--protocol=tcp",
                                     "-h",
                                     "127.0.0.1",
                                     "-P",
                                     std::to_string(port()),
                                     "-u",
                                     user,
                                     "--force",
                                     "-N"};
    if (!database.empty()) argv.push_back(database);
    return run_process(argv, ".", statements + "\n", {"MYSQL_PWD=" + password_});
  }

  void admin(const std::string& statements) const {
    const Outcome outcome = sql(statements + ";");
    INFO(outcome.err);
    REQUIRE(outcome.err.empty());
  }

  /// Tries each act as `user`. What it does is undone by `mend` where no transaction can.
  std::vector<bool> attempt(const std::vector<Act>& acts, const std::string& user, const std::string& before) const {
    std::vector<bool> out;
    for (const Act& act : acts) {
      const Outcome outcome = sql(before + act.command + "; SELECT 'reached'", user);
      out.push_back(outcome.err.empty());
      if (out.back()) mend();
    }
    return out;
  }

  void mend() const {
    admin(R"(CREATE DATABASE IF NOT EXISTS shop; CREATE DATABASE IF NOT EXISTS spare;
      CREATE TABLE IF NOT EXISTS shop.orders (id int, note text); CREATE TABLE IF NOT EXISTS shop.users (id int);
      CREATE TABLE IF NOT EXISTS spare.things (id int); DROP TABLE IF EXISTS shop.fresh; DROP TABLE IF EXISTS spare.fresh;
      DROP DATABASE IF EXISTS fresh; DROP USER IF EXISTS fresh; CREATE USER IF NOT EXISTS victim;
      SET GLOBAL max_connections = 100;
      ALTER TABLE shop.orders DROP COLUMN IF EXISTS more; ALTER TABLE shop.users DROP COLUMN IF EXISTS more)");
  }

 private:
  RealServer server_;
  std::string password_;
};

const Mariadb& mariadb() {
  static const Mariadb server;
  return server;
}

Reach ask(const std::string& user, const std::string& database = {}) {
  return ask_database(database_token("mysql", user, mariadb().password(), mariadb().port(), database));
}

Where server() { return {{"host", "127.0.0.1:" + std::to_string(mariadb().port())}}; }

Where at(const std::string& database, const std::string& table = {}) {
  Where where = server();
  where.set("database", database);
  where.set("table", table);
  return where;
}

void make_accounts() {
  static bool made = false;
  if (std::exchange(made, true)) return;
  mariadb().mend();
  std::string sql;
  const auto account = [&](const std::string& name, const std::string& grant) {
    sql += "CREATE USER " + name + " IDENTIFIED BY '" + mariadb().password() + "'; ";
    if (!grant.empty()) sql += "GRANT " + grant + "; ";
  };
  account("plain", "");
  account("sleeper", "");
  account("reader", "SELECT ON shop.* TO reader");
  account("table_reader", "SELECT ON shop.orders TO table_reader");
  account("column_reader", "SELECT (id), UPDATE (id) ON shop.orders TO column_reader");
  account("writer", "SELECT, INSERT, UPDATE ON shop.* TO writer");
  account("deleter", "DELETE ON shop.orders TO deleter");
  account("dropper", "DROP ON shop.orders TO dropper");
  account("shop_admin", "ALL PRIVILEGES ON shop.* TO shop_admin");
  account("pattern", "SELECT ON `s%`.* TO pattern");
  account("table_admin", "ALL PRIVILEGES ON shop.users TO table_admin WITH GRANT OPTION");
  account("second_root", "ALL PRIVILEGES ON *.* TO second_root WITH GRANT OPTION");
  account("recruiter", "CREATE USER ON *.* TO recruiter");
  account("killer", "CONNECTION ADMIN ON *.* TO killer");
  account("watcher", "PROCESS ON *.* TO watcher");
  account("filer", "FILE ON *.* TO filer");
  account("maker", "CREATE ON *.* TO maker");
  account("super_one", "SUPER ON *.* TO super_one");
  account("member", "");
  sql += "CREATE ROLE cleaner; GRANT DELETE, DROP ON shop.* TO cleaner; GRANT cleaner TO member; ";
  mariadb().admin(sql + "FLUSH PRIVILEGES");
}

/// `sleeper`: the number of a session that others might end.
std::vector<Act> all_acts(const std::string& sleeper) {
  std::vector<Act> acts;
  for (const std::string table : {"orders", "users"}) {
    acts.push_back({"table.read", at("shop", table), "SELECT count(id) FROM shop." + table});
    acts.push_back({"table.write", at("shop", table), "INSERT INTO shop." + table + " (id) VALUES (3)"});
    acts.push_back({"table.write", at("shop", table), "UPDATE shop." + table + " SET id = 4"});
    acts.push_back({"row.destroy", at("shop", table), "DELETE FROM shop." + table});
    acts.push_back({"table.destroy", at("shop", table), "TRUNCATE shop." + table});
    acts.push_back({"table.destroy", at("shop", table), "DROP TABLE shop." + table});
    acts.push_back({"table.alter", at("shop", table), "ALTER TABLE shop." + table + " ADD COLUMN more int"});
  }
  acts.push_back({"table.read", at("spare", "things"), "SELECT count(id) FROM spare.things"});
  acts.push_back({"schema.write", at("shop"), "CREATE TABLE shop.fresh (id int)"});
  acts.push_back({"database.write", server(), "CREATE DATABASE fresh"});
  acts.push_back({"database.destroy", at("shop"), "DROP DATABASE shop"});
  acts.push_back({"database.destroy", at("spare"), "DROP DATABASE spare"});
  acts.push_back({"account.admin", server(), "CREATE USER fresh"});
  acts.push_back({"account.destroy", server(), "DROP USER victim"});
  acts.push_back({"privilege.admin", at("shop", "users"), "GRANT SELECT ON shop.users TO victim"});
  acts.push_back({"server-file.read", server(),
                  "SELECT 1 / (LOAD_FILE('/etc/hostname') IS NOT NULL) INTO @x; "
                  "SELECT IF(@x IS NULL, (SELECT 1 UNION SELECT 2), 1)"});
  acts.push_back({"server.admin", server(), "SET GLOBAL max_connections = 101"});
  acts.push_back({"query.read", server(),
                  "SELECT IF(count(*) > 0, 1, (SELECT 1 UNION SELECT 2)) FROM information_schema.processlist "
                  "WHERE user = 'sleeper'"});
  acts.push_back({"session.destroy", server(), "KILL SOFT QUERY " + sleeper});
  return acts;
}

}  // namespace

/// Somebody whose queries others might see and end.
class Sleeper {
 public:
  Sleeper() : client_("mysql") {
    client_.start({"mariadb", "--no-defaults", "--protocol=tcp", "-h", "127.0.0.1", "-P",
                   std::to_string(mariadb().port()), "-u", "sleeper", "-e", "SELECT SLEEP(600)"},
                  [] { return !number().empty(); }, {"MYSQL_PWD=" + mariadb().password()});
  }
  /// Of the session; empty when there is none.
  static std::string number() {
    const std::string out =
        mariadb().sql("SELECT id FROM information_schema.processlist WHERE user = 'sleeper' AND info IS NOT NULL").out;
    return out.substr(0, out.find('\n'));
  }

 private:
  RealServer client_;
};

TEST_CASE("what is said of an account of MariaDB is what the server lets it do") {
  make_accounts();
  for (const std::string user :
       {"plain", "reader", "table_reader", "column_reader", "writer", "deleter", "dropper", "shop_admin", "pattern",
        "table_admin", "second_root", "recruiter", "killer", "watcher", "filer", "maker", "super_one", "member"}) {
    const Sleeper sleeper;
    const std::vector<Act> acts = all_acts(Sleeper::number());
    const Reach reach = ask(user);
    const std::vector<bool> worked = mariadb().attempt(acts, user, user == "member" ? "SET ROLE cleaner; " : "");
    for (const std::string& difference : disagreements(reach, acts, worked)) {
      INFO(user << ": " << difference);
      CHECK(difference.empty());
    }
  }
}

TEST_CASE("what MariaDB says about an account is told") {
  make_accounts();
  const auto powers = std::get<Live>(ask("shop_admin", "shop")).powers;
  CHECK(powers.identity == "account shop_admin@% on 127.0.0.1:" + std::to_string(mariadb().port()));
  CHECK(powers.unmapped.empty());
  CHECK(std::get<Live>(ask("second_root")).powers.unmapped.empty());
  const auto gone = std::get<Live>(ask("reader", "no_such_database")).powers;
  CHECK(gone.notes.front().find("no_such_database") != std::string::npos);
}

TEST_CASE("a replica of MariaDB is not said to take writes") {
  make_accounts();
  mariadb().admin("SET GLOBAL read_only = 1");
  const auto writes = [](const std::string& user) {
    const Reach reach = ask(user);
    for (const Grant& grant : std::get<Live>(reach).powers.grants)
      if (grant.capability == "table.write") return true;
    return false;
  };
  CHECK_FALSE(writes("shop_admin"));
  CHECK(writes("second_root"));
  mariadb().admin("SET GLOBAL read_only = 0");
  CHECK(writes("shop_admin"));
}

TEST_CASE("MariaDB's refusals are told apart") {
  make_accounts();
  const Reach wrong = ask_database(database_token("mysql", "reader", fresh_password(), mariadb().port(), ""));
  REQUIRE(std::holds_alternative<Dead>(wrong));
  CHECK(std::get<Dead>(wrong).why.find("1045") != std::string::npos);
  mariadb().admin("ALTER USER plain ACCOUNT LOCK");
  CHECK(std::holds_alternative<Unknown>(ask("plain")));
  mariadb().admin("ALTER USER plain ACCOUNT UNLOCK");
  CHECK(std::holds_alternative<Live>(ask("plain")));
}

}  // namespace overreach::testing
