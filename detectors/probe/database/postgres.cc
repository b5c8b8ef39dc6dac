// PostgreSQL says everything about privileges in its catalogue, to everybody. What a sign-in can do is what its role
// can do, plus what every role can do that it may become with SET ROLE.
//
// Attributes of a role (superuser, createdb, ...) are not inherited but reached by SET ROLE; privileges on objects are
// inherited. Both count, and a privilege on a table counts only where its schema may be used too.
#include "detectors/probe/database/granting.h"
#include "detectors/probe/database/pq_connection.h"

namespace overreach {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kTablesNamed = 20;  // more of them are counted, and the database stands for them

constexpr const char* kWho = R"(
  SELECT json_build_object(
    'user', session_user, 'database', current_database(), 'version', current_setting('server_version'),
    'number', current_setting('server_version_num')::int, 'replica', pg_is_in_recovery(),
    'read_only', current_setting('default_transaction_read_only') = 'on',
    'expires', (SELECT to_char(rolvaliduntil AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
                FROM pg_roles WHERE rolname = session_user AND isfinite(rolvaliduntil)),
    'bytes', pg_database_size(current_database())))";

/// Roles whose powers count. `become`: by SET ROLE, so that its attributes count as well.
std::string roles_query(bool sixteen) {
  const std::string become = sixteen ? "'SET'" : "'MEMBER'";
  return R"(
  SELECT json_agg(json_build_object(
    'name', rolname, 'become', pg_has_role(oid, )" +
         become + R"(), 'super', rolsuper, 'create_role', rolcreaterole,
    'create_db', rolcreatedb, 'replication', rolreplication, 'bypass_rls', rolbypassrls))
  FROM pg_roles WHERE pg_has_role(oid, 'USAGE') OR pg_has_role(oid, )" +
         become + ")";
}

std::string usable(bool sixteen) {
  return std::string("WITH mine AS (SELECT oid FROM pg_roles WHERE pg_has_role(oid, 'USAGE') OR pg_has_role(oid, ") +
         (sixteen ? "'SET'" : "'MEMBER'") + ")) ";
}

constexpr const char* kDatabases = R"(
  SELECT json_agg(json_build_object(
    'name', datname, 'owner', datdba IN (SELECT oid FROM mine),
    'connect', EXISTS (SELECT FROM mine WHERE has_database_privilege(mine.oid, d.oid, 'CONNECT')),
    'create', EXISTS (SELECT FROM mine WHERE has_database_privilege(mine.oid, d.oid, 'CREATE'))) ORDER BY datname)
  FROM pg_database d WHERE datallowconn AND NOT datistemplate)";

constexpr const char* kSchemas = R"(
  SELECT json_build_object(
    'create', count(*) FILTER (WHERE EXISTS (SELECT FROM mine WHERE has_schema_privilege(mine.oid, n.oid, 'CREATE'))),
    'functions', (SELECT count(*) FROM pg_proc p JOIN pg_namespace s ON s.oid = p.pronamespace
       WHERE s.nspname !~ '^pg_' AND s.nspname <> 'information_schema' AND EXISTS (SELECT FROM mine
         WHERE has_function_privilege(mine.oid, p.oid, 'EXECUTE') AND has_schema_privilege(mine.oid, s.oid, 'USAGE'))))
  FROM pg_namespace n WHERE nspname !~ '^pg_' AND nspname <> 'information_schema')";

/// One element for each table that anything may be done with.
constexpr const char* kTables = R"(
  , tables AS (
    SELECT c.oid, n.nspname, c.relname, c.relrowsecurity AND row_security_active(c.oid) AS filtered,
      c.relowner IN (SELECT oid FROM mine) AS owner, n.nspowner IN (SELECT oid FROM mine) AS schema_owner,
      (SELECT array_agg(m.oid) FROM mine m WHERE has_schema_privilege(m.oid, n.oid, 'USAGE')) AS inside
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    ORDER BY n.nspname, c.relname LIMIT 5000),
  powers AS (
    SELECT nspname, relname, filtered, owner AND inside IS NOT NULL AS owner,
      schema_owner AND inside IS NOT NULL AS schema_owner,
      EXISTS (SELECT FROM unnest(inside) r WHERE has_any_column_privilege(r, tables.oid, 'SELECT')) AS can_select,
      EXISTS (SELECT FROM unnest(inside) r WHERE has_any_column_privilege(r, tables.oid, 'INSERT')) AS can_insert,
      EXISTS (SELECT FROM unnest(inside) r WHERE has_any_column_privilege(r, tables.oid, 'UPDATE')) AS can_update,
      EXISTS (SELECT FROM unnest(inside) r WHERE has_table_privilege(r, tables.oid, 'DELETE')) AS can_delete,
      EXISTS (SELECT FROM unnest(inside) r WHERE has_table_privilege(r, tables.oid, 'TRUNCATE')) AS can_truncate
    FROM tables)
  SELECT json_build_object('all', count(*), 'tables', json_agg(json_build_object(
    'name', CASE nspname WHEN 'public' THEN relname ELSE nspname || '.' || relname END, 'filtered', filtered,
    'owner', owner, 'schema owner', schema_owner, 'SELECT', can_select, 'INSERT', can_insert, 'UPDATE', can_update, 'DELETE', can_delete,
    'TRUNCATE', can_truncate)))
  FROM powers)";

constexpr const char* kParameters =
    "SELECT json_build_object('alter', EXISTS (SELECT FROM pg_parameter_acl, mine "
    "WHERE has_parameter_privilege(mine.oid, parname, 'ALTER SYSTEM')))";

bool flag(const Json& object, const char* name) {
  const auto it = object.find(name);
  return it != object.end() && it->is_boolean() && it->get<bool>();
}

std::string text(const Json& object, const char* name) {
  const auto it = object.find(name);
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

/// A role that managed services make for their customers' administrators: no superuser, and more than its catalogue
/// says.
bool is_managed_administrator(const std::string& role) {
  return role == "rds_superuser" || role == "cloudsqlsuperuser" || role == "azure_pg_admin" || role == "neon_superuser";
}

class Asking {
 public:
  explicit Asking(DatabaseSession& session)
      : session_(session), connection_(session), granting_(session.token, session.provider) {
    server_.set("host", session.place());
  }

  Reach run(Powers upto) {
    if (const auto opened = open(); !opened) return no_sign_in(opened.error(), std::move(upto));
    const auto who = connection_.ask("who signed in", kWho);
    if (!who || !who->is_object())
      return Unknown{
          session_.provider.title + " " + (who ? "sent an answer that could not be read" : who.error().message),
          std::move(upto)};
    introduce(*who);
    const auto roles = connection_.ask("roles", roles_query(sixteen_));
    if (!roles || !roles->is_array())
      return Unknown{session_.provider.title + " " + (roles ? "named no role" : roles.error().message),
                     std::move(upto)};
    if (!take_roles(*roles)) {
      take_databases();
      take_schemas();
      take_tables();
      if (number_ >= 150'000) take_parameters();
    } else {
      name_databases();
    }
    if (replica_) leave_reads();
    return Live{std::move(granting_).finish()};
  }

 private:
  /// A database that does not exist is found out after the password was accepted.
  Result<void> open() {
    const std::string& named = session_.login.database;
    auto opened = connection_.open(named.empty() ? session_.login.user : named);
    if (opened || connection_.state() != "3D000") return opened;
    granting_.note("there is no database " + named + " any more, so database postgres was looked into");
    return connection_.open("postgres");
  }

  Reach no_sign_in(const Error& error, Powers upto) const {
    const std::string why = session_.provider.title + " " + error.message;
    if (connection_.state() == "28P01") return Dead{why + ": the password is not accepted"};
    if (connection_.state() == "28000") return Unknown{why + ": from here this role may not sign in", std::move(upto)};
    if (connection_.state() == "53300") return Unknown{why + ": it has too many connections", std::move(upto)};
    if (connection_.state() == "57P03") return Unknown{why + ": it is starting or stopping", std::move(upto)};
    return Unknown{why, std::move(upto)};
  }

  void introduce(const Json& who) {
    number_ = who.value("number", 0);
    sixteen_ = number_ >= 160'000;
    replica_ = flag(who, "replica");
    name_ = text(who, "database");
    here_ = server_;
    here_.set("database", granting_.safe(name_));
    Powers& powers = granting_.powers();
    powers.kind = "role";
    powers.identity = granting_.safe("role " + text(who, "user") + " on " + session_.place());
    powers.expires = text(who, "expires");
    if (powers.expires.empty()) powers.expires = "never";
    granting_.resource("server", session_.place() + ", PostgreSQL " + text(who, "version"), server_);
    granting_.resource("database", name_, here_);
    granting_.privilege("CONNECT", here_);
    if (flag(who, "read_only")) granting_.note("its transactions are read-only until it says otherwise, which it may");
    if (replica_) granting_.note("this server is a replica: writes need the primary, where the same role can do them");
  }

  /// True for a superuser, about whom there is nothing more to ask.
  bool take_roles(const Json& roles) {
    for (const Json& role : roles) {
      const std::string name = text(role, "name");
      const bool become = flag(role, "become");
      if (become && flag(role, "super")) {
        granting_.privilege("rolsuper", server_);
        return true;
      }
      if (become && flag(role, "create_role")) granting_.privilege("rolcreaterole", server_);
      if (become && flag(role, "create_db")) granting_.privilege("rolcreatedb", server_);
      if (become && flag(role, "bypass_rls")) granting_.privilege("rolbypassrls", server_);
      if (become && flag(role, "replication")) {  // pg_hba.conf has the last word, and is not to be read
        granting_.privilege("rolreplication", server_, Proof::documented);
      }
      if (is_managed_administrator(name))
        granting_.privilege(name, server_, Proof::documented);
      else if (name.rfind("pg_", 0) == 0 && name != "pg_database_owner")
        granting_.privilege(name, server_);
    }
    return false;
  }

  void take_databases() {
    const auto databases = connection_.ask("databases", usable(sixteen_) + kDatabases);
    if (!databases) return gap("databases", databases.error());
    std::string others;
    for (const Json& database : *databases) {
      const std::string name = text(database, "name");
      Where where = server_;
      where.set("database", granting_.safe(name));
      if (flag(database, "owner")) granting_.privilege("database owner", where);
      if (flag(database, "create")) granting_.privilege("CREATE", where);
      if (name == name_ || !flag(database, "connect")) continue;
      granting_.resource("database", name, where);
      granting_.privilege("CONNECT", where);
      others += (others.empty() ? "" : ", ") + name;
    }
    if (!others.empty())
      granting_.note("it may connect to these databases too, whose tables were not looked into: " + others);
  }

  /// A superuser's databases are only named.
  void name_databases() {
    const auto databases = connection_.ask("databases", usable(sixteen_) + kDatabases);
    if (!databases) return gap("databases", databases.error());
    for (const Json& database : *databases) {
      Where where = server_;
      where.set("database", granting_.safe(text(database, "name")));
      granting_.resource("database", text(database, "name"), where);
    }
  }

  void take_schemas() {
    const auto schemas = connection_.ask("schemas", usable(sixteen_) + kSchemas);
    if (!schemas) return gap("schemas", schemas.error());
    if (schemas->value("create", 0) > 0) granting_.privilege("CREATE", here_);
    if (schemas->value("functions", 0) > 0) granting_.privilege("EXECUTE", here_);
  }

  void take_tables() {
    const auto answer = connection_.ask("tables", usable(sixteen_) + kTables);
    if (!answer) return gap("tables", answer.error());
    const auto tables = answer->find("tables");
    if (tables == answer->end() || !tables->is_array()) return;  // none
    for (const char* privilege : {"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"})
      take_privilege(privilege, *tables);
    place("table owner", *tables, [](const Json& table) { return flag(table, "owner"); });
    place("schema owner", *tables, [](const Json& table) { return flag(table, "schema owner"); });
  }

  /// One privilege: at the database when it holds for every table, else at each table.
  template <class Holds>
  void place(const std::string& privilege, const Json& tables, const Holds& holds) {
    std::vector<std::string> names;
    for (const Json& table : tables)
      if (holds(table)) names.push_back(text(table, "name"));
    if (names.empty()) return;
    if (names.size() == tables.size()) return granting_.privilege(privilege, here_);
    for (std::size_t i = 0; i < names.size() && i < kTablesNamed; ++i) {
      Where where = here_;
      where.set("table", granting_.safe(names[i]));
      granting_.privilege(privilege, where);
    }
    if (names.size() > kTablesNamed)
      granting_.note(privilege + " holds for " + std::to_string(names.size()) + " of " + std::to_string(tables.size()) +
                     " tables; the first " + std::to_string(kTablesNamed) + " are named");
  }

  /// Row-level security may leave no row to act on, which only the rows could tell. TRUNCATE does not ask it.
  void take_privilege(const std::string& privilege, const Json& tables) {
    const bool rows = privilege != "TRUNCATE";
    place(privilege, tables,
          [&](const Json& t) { return flag(t, privilege.c_str()) && !(rows && flag(t, "filtered")); });
    for (const Json& table : tables) {
      if (!rows || !flag(table, "filtered") || !flag(table, privilege.c_str())) continue;
      Where where = here_;
      where.set("table", granting_.safe(text(table, "name")));
      granting_.privilege(privilege, where, Proof::documented);
    }
  }

  void take_parameters() {
    const auto answer = connection_.ask("parameters", usable(sixteen_) + kParameters);
    if (answer && flag(*answer, "alter")) granting_.capability("server.admin", server_);
  }

  void gap(const std::string& what, const Error& error) {
    granting_.note(what + " could not be read: " + session_.provider.title + " " + error.message);
  }

  /// What a server in recovery still does.
  void leave_reads() {
    granting_.drop([](const Capability& capability) {
      const bool works = capability.effect == Effect::read || capability.effect == Effect::secrets ||
                         capability.id == "server.exec" || capability.id == "server.admin" ||
                         capability.id == "session.destroy" || capability.id == "function.exec";
      return !works;
    });
  }

  DatabaseSession& session_;
  PqConnection connection_;
  Granting granting_;
  Where server_, here_;
  std::string name_;  // of the database
  int number_ = 0;    // 150004 is 15.4
  bool sixteen_ = false;
  bool replica_ = false;
};

}  // namespace

Reach probe_postgres(DatabaseSession& session, Powers upto) { return Asking(session).run(std::move(upto)); }

}  // namespace overreach
