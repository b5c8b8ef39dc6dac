// A real PostgreSQL with roles of many kinds. What is said of each is held against what it can then do.
#include <catch2/catch.hpp>
#include <sstream>

#include "tests/database/comparison.h"
#include "tests/probe/recorded_probe.h"
#include "tests/support/process.h"
#include "tests/support/real_server.h"

namespace overreach::testing {
namespace {

const std::string kBin = "/usr/lib/postgresql/15/bin/";

/// One server for all tests of this file: it takes a second to make.
class Postgres {
 public:
  Postgres() : server_("postgres", SIGINT), password_(fresh_password()) {
    const auto file = std::filesystem::path(server_.directory()) / "pw";
    std::ofstream(file) << password_ << "\n";
    std::filesystem::permissions(file, std::filesystem::perms(0644));
    const std::string data = server_.directory() + "/data";
    server_.run(
        {kBin + "initdb", "-D", data, "-A", "scram-sha-256", "--pwfile", file.string(), "--no-sync", "-U", "postgres"});
    server_.start({kBin + "postgres", "-D", data, "-p", std::to_string(server_.port()), "-k", server_.directory(), "-c",
                   "fsync=off", "-c", "listen_addresses=127.0.0.1", "-c", "wal_level=logical"},
                  [&] { return accepts_connections(server_.port()) && sql("postgres", "SELECT 1").exit_code == 0; });
    admin("postgres", "CREATE DATABASE shop; ");
    admin("postgres", "CREATE DATABASE spare");
  }

  int port() const { return server_.port(); }
  const std::string& password() const { return password_; }

  Outcome sql(const std::string& database, const std::string& statements, const std::string& user = "postgres",
              const std::string& password = {}) const {
    return run_process({"psql", "-X", "-q", "-h", "127.0.0.1", "-p", std::to_string(port()), "-U", user, database}, ".",
                       statements + "\n", {"PGPASSWORD=" + (password.empty() ? password_ : password), "LC_ALL=C"});
  }

  void admin(const std::string& database, const std::string& statements) const {
    const Outcome outcome = sql(database, "\\set ON_ERROR_STOP on\n" + statements + ";");
    INFO(outcome.err);
    REQUIRE(outcome.exit_code == 0);
  }

  /// Tries each act as `user`. True for those that the server allowed.
  std::vector<bool> attempt(const std::vector<Act>& acts, const std::string& user) const {
    std::string script;
    for (const Act& act : acts)
      script +=
          (act.undone ? "BEGIN;\n" : "") + act.command + ";\n\\echo :SQLSTATE\n" + (act.undone ? "ROLLBACK;\n" : "");
    const Outcome outcome = sql("shop", script, user);
    std::vector<bool> out;
    std::istringstream lines(outcome.out);
    for (std::string line; std::getline(lines, line);)
      if (line.size() == 5 && line.find(' ') == std::string::npos) out.push_back(line == "00000");
    INFO(outcome.out << outcome.err);
    REQUIRE(out.size() == acts.size());
    return out;
  }

 private:
  RealServer server_;
  std::string password_;
};

const Postgres& postgres() {
  static const Postgres server;
  return server;
}

Reach ask(const std::string& user, const std::string& database = "shop") {
  return ask_database(database_token("postgres", user, postgres().password(), postgres().port(), database));
}

Where server() { return {{"host", "127.0.0.1:" + std::to_string(postgres().port())}}; }

Where at(const std::string& database, const std::string& table = {}) {
  Where where = server();
  where.set("database", database);
  where.set("table", table);
  return where;
}

/// Tables, a policy, and one role for each way to have power.
void make_roles() {
  static bool made = false;
  if (std::exchange(made, true)) return;
  const auto role = [](const std::string& name, const std::string& attributes = {}) {
    return "CREATE ROLE " + name + " LOGIN PASSWORD '" + postgres().password() + "' " + attributes + ";";
  };
  std::string sql;
  for (const char* plain : {"plain", "reader", "writer", "deleter", "truncator", "column_user", "outsider", "tenant",
                            "schema_owner", "database_owner", "tuner", "maker", "caller", "sleeper"})
    sql += role(plain);
  sql += role("shop_owner") + role("creator", "CREATEDB") + role("recruiter", "CREATEROLE") +
         role("copier", "REPLICATION") + role("seer", "BYPASSRLS") + role("second_root", "SUPERUSER") +
         role("quiet_member", "NOINHERIT") + role("heir") + "CREATE ROLE victim;";
  for (const char* power : {"pg_read_all_data", "pg_write_all_data", "pg_signal_backend", "pg_read_server_files",
                            "pg_write_server_files", "pg_execute_server_program", "pg_monitor"})
    sql += role(std::string("with_") + power) + "GRANT " + power + " TO with_" + power + ";";
  sql += R"(
    CREATE TABLE orders (id int, note text); INSERT INTO orders VALUES (1, 'a'), (2, 'b');
    CREATE TABLE users (id int);
    CREATE TABLE letters (id int, tenant text); INSERT INTO letters VALUES (1, 'one'), (2, 'two');
    ALTER TABLE letters ENABLE ROW LEVEL SECURITY;
    CREATE POLICY own ON letters USING (tenant = 'one');
    CREATE SCHEMA inner_part; CREATE TABLE inner_part.audit (id int);
    CREATE FUNCTION public.answer() RETURNS int LANGUAGE sql AS 'SELECT 42';
    REVOKE ALL ON FUNCTION public.answer() FROM PUBLIC; GRANT EXECUTE ON FUNCTION public.answer() TO caller;
    ALTER TABLE orders OWNER TO shop_owner; ALTER TABLE users OWNER TO shop_owner;
    GRANT shop_owner TO quiet_member; GRANT shop_owner TO heir;
    GRANT SELECT ON orders, users TO reader; GRANT INSERT, UPDATE, SELECT ON orders TO writer;
    GRANT DELETE ON orders TO deleter; GRANT TRUNCATE ON users TO truncator;
    GRANT SELECT (id), UPDATE (id) ON orders TO column_user;
    GRANT ALL ON inner_part.audit TO outsider; ALTER SCHEMA inner_part OWNER TO schema_owner;
    GRANT SELECT, DELETE ON letters TO tenant; GRANT SELECT ON letters TO seer;
    GRANT CREATE ON SCHEMA public TO maker; GRANT ALTER SYSTEM ON PARAMETER work_mem TO tuner;
    ALTER DATABASE spare OWNER TO database_owner)";
  postgres().admin("shop", sql);
}

std::vector<Act> all_acts() {
  std::vector<Act> acts;
  for (const std::string table : {"orders", "users", "letters", "inner_part.audit"}) {
    acts.push_back({"table.read", at("shop", table), "SELECT count(id) FROM " + table});
    acts.push_back({"table.write", at("shop", table), "INSERT INTO " + table + " (id) VALUES (3)"});
    acts.push_back({"table.write", at("shop", table), "UPDATE " + table + " SET id = 4"});
    acts.push_back({"row.destroy", at("shop", table), "DELETE FROM " + table});
    acts.push_back({"row.destroy", at("shop", table), "TRUNCATE " + table});
    acts.push_back({"table.destroy", at("shop", table), "DROP TABLE " + table});
    acts.push_back({"table.alter", at("shop", table), "ALTER TABLE " + table + " ADD COLUMN more int"});
  }
  acts.push_back({"schema.write", at("shop"), "CREATE TABLE public.fresh (id int)"});
  acts.push_back({"schema.write", at("shop"), "CREATE TABLE inner_part.fresh (id int)"});
  acts.push_back({"schema.write", at("shop"), "CREATE SCHEMA fresh"});
  acts.push_back({"tenant-row.read", server(), "DO $$ BEGIN ASSERT (SELECT count(*) FROM letters) = 2; END $$"});
  acts.push_back({"function.exec", at("shop"), "SELECT public.answer()"});
  acts.push_back({"database.write", server(), "CREATE DATABASE fresh", false});
  acts.push_back({"database.destroy", at("spare"), "DROP DATABASE spare", false});
  acts.push_back({"role.admin", server(), "CREATE ROLE fresh"});
  acts.push_back({"role.destroy", server(), "DROP ROLE victim"});
  acts.push_back({"server-file.read", server(), "SELECT pg_read_file('PG_VERSION')"});
  acts.push_back({"server-file.read", server(), "CREATE TEMP TABLE t (l text); COPY t FROM '/etc/hostname'"});
  acts.push_back({"server.exec", server(), "COPY (SELECT 1) TO PROGRAM 'cat > /dev/null'"});
  acts.push_back({"server.exec", server(), "COPY (SELECT 1) TO '/dev/null'"});
  acts.push_back({"server.admin", server(), "ALTER SYSTEM SET work_mem = '5MB'", false});
  acts.push_back({"session.destroy", server(),
                  "DO $$ BEGIN PERFORM pg_cancel_backend(pid) FROM pg_stat_activity WHERE usename = 'sleeper'; "
                  "ASSERT FOUND; END $$"});
  return acts;
}

}  // namespace

TEST_CASE("what is said of a role of PostgreSQL is what the server lets it do") {
  make_roles();
  const std::vector<Act> acts = all_acts();
  // Somebody whose session others might end.
  RealServer sleeper("postgres");
  sleeper.start({"psql", "-X", "-h", "127.0.0.1", "-p", std::to_string(postgres().port()), "-U", "sleeper", "-c",
                 "SELECT pg_sleep(600)", "-c", "SELECT pg_sleep(600)", "-c", "SELECT pg_sleep(600)", "shop"},
                [] {
                  return postgres()
                             .sql("shop", "SELECT 'there' FROM pg_stat_activity WHERE usename = 'sleeper'")
                             .out.find("there") != std::string::npos;
                },
                {"PGPASSWORD=" + postgres().password()});
  for (const std::string role : {"plain",
                                 "reader",
                                 "writer",
                                 "deleter",
                                 "truncator",
                                 "column_user",
                                 "outsider",
                                 "tenant",
                                 "schema_owner",
                                 "database_owner",
                                 "tuner",
                                 "maker",
                                 "caller",
                                 "shop_owner",
                                 "creator",
                                 "recruiter",
                                 "seer",
                                 "quiet_member",
                                 "heir",
                                 "with_pg_read_all_data",
                                 "with_pg_write_all_data",
                                 "with_pg_read_server_files",
                                 "with_pg_write_server_files",
                                 "with_pg_execute_server_program",
                                 "with_pg_monitor",
                                 "with_pg_signal_backend",
                                 "second_root"}) {
    const Reach reach = ask(role);
    // What a role gets by SET ROLE it has to set first.
    std::vector<bool> worked = postgres().attempt(acts, role);
    if (role == "quiet_member") {
      std::vector<Act> as_owner = acts;
      for (Act& act : as_owner) act.command = "SET ROLE shop_owner; " + act.command + "; RESET ROLE";
      as_owner.erase(std::remove_if(as_owner.begin(), as_owner.end(), [](const Act& act) { return !act.undone; }),
                     as_owner.end());
      const std::vector<bool> more = postgres().attempt(as_owner, role);
      std::size_t next = 0;
      for (std::size_t i = 0; i < acts.size(); ++i)
        if (acts[i].undone) worked[i] = more[next++] || worked[i];
    }
    for (const std::string& difference : disagreements(reach, acts, worked)) {
      INFO(role << ": " << difference);
      CHECK(difference.empty());
    }
    postgres().sql("postgres", "ALTER SYSTEM RESET ALL; DROP DATABASE IF EXISTS fresh;");
    if (postgres().sql("postgres", "SELECT 'there' FROM pg_database WHERE datname = 'spare'").out.find("there") ==
        std::string::npos)
      postgres().admin("postgres", "CREATE DATABASE spare OWNER database_owner");
  }
}

TEST_CASE("what PostgreSQL says about a role is told") {
  make_roles();
  const auto powers = std::get<Live>(ask("reader")).powers;
  CHECK(powers.identity == "role reader on 127.0.0.1:" + std::to_string(postgres().port()));
  CHECK(powers.expires == "never");
  CHECK(powers.scopes == std::set<std::string>{"CONNECT", "SELECT"});
  CHECK(powers.unmapped.empty());
  bool listed = false;
  for (const Resource& resource : powers.resources) listed = listed || resource.id == "shop";
  CHECK(listed);
  const auto copier = std::get<Live>(ask("copier")).powers;
  bool documented = false;
  for (const Grant& grant : copier.grants)
    documented = documented || (grant.capability == "cluster.read" && grant.proof == Proof::documented);
  CHECK(documented);
  for (const char* role : {"with_pg_monitor", "second_root", "heir"})
    CHECK(std::get<Live>(ask(role)).powers.unmapped.empty());
}

TEST_CASE("a probe of PostgreSQL leaves no trace in the database and cannot be made to write") {
  make_roles();
  // A function of the same name as one that is called, where the search path would find it first, tells on its caller.
  postgres().admin("shop", R"(CREATE TABLE fooled (who text);
    CREATE FUNCTION public.pg_has_role(oid, text) RETURNS bool LANGUAGE plpgsql AS
      $$ BEGIN INSERT INTO fooled VALUES (session_user); RETURN true; END $$;
    CREATE FUNCTION public.has_any_column_privilege(oid, oid, text) RETURNS bool LANGUAGE plpgsql AS
      $$ BEGIN INSERT INTO fooled VALUES (session_user); RETURN true; END $$;
    ALTER ROLE second_root SET search_path = public, pg_catalog)");
  const auto count = [](const std::string& table) {
    return postgres().sql("shop", "SELECT count(*) FROM " + table).out;
  };
  const std::string before = count("orders");
  CHECK(std::holds_alternative<Live>(ask("second_root")));
  CHECK(std::holds_alternative<Live>(ask("shop_owner")));
  CHECK(count("fooled").find(" 0\n") != std::string::npos);
  CHECK(count("orders") == before);
  postgres().admin("shop", R"(ALTER ROLE second_root RESET search_path; DROP TABLE fooled;
    DROP FUNCTION public.pg_has_role(oid, text); DROP FUNCTION public.has_any_column_privilege(oid, oid, text))");
}

TEST_CASE("PostgreSQL's refusals are told apart") {
  make_roles();
  const int port = postgres().port();
  const Reach wrong = ask_database(database_token("postgres", "reader", fresh_password(), port, "shop"));
  REQUIRE(std::holds_alternative<Dead>(wrong));
  CHECK(std::get<Dead>(wrong).why.find("28P01") != std::string::npos);
  CHECK(std::holds_alternative<Dead>(ask("nobody_there")));

  const Reach missing = ask("reader", "no_such_database");
  REQUIRE(std::holds_alternative<Live>(missing));
  CHECK(std::get<Live>(missing).powers.notes.front().find("no_such_database") != std::string::npos);

  postgres().admin("postgres", "ALTER ROLE plain NOLOGIN");
  CHECK(std::holds_alternative<Unknown>(ask("plain")));
  postgres().admin("postgres", "ALTER ROLE plain LOGIN VALID UNTIL '2020-01-01'");
  CHECK(std::holds_alternative<Dead>(ask("plain")));
  postgres().admin("postgres", "ALTER ROLE plain VALID UNTIL '2099-01-01 00:00:00+00' CONNECTION LIMIT 0");
  const Reach full = ask("plain");
  REQUIRE(std::holds_alternative<Unknown>(full));
  CHECK(std::get<Unknown>(full).why.find("too many connections") != std::string::npos);
  postgres().admin("postgres", "ALTER ROLE plain CONNECTION LIMIT -1");
  CHECK(std::get<Live>(ask("plain")).powers.expires == "2099-01-01T00:00:00Z");
  postgres().admin("postgres", "ALTER ROLE plain VALID UNTIL 'infinity'");
}

}  // namespace overreach::testing
