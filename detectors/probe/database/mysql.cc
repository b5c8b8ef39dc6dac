// MySQL and MariaDB tell an account its privileges with SHOW GRANTS: one line for each object, in words that the
// provider file maps. Roles the account may take on count as well; they are taken on for this session, read, and left.
#include <algorithm>
#include <cctype>

#include "detectors/probe/database/grant_line.h"
#include "detectors/probe/database/granting.h"
#include "detectors/probe/database/mariadb_connection.h"

namespace overreach {
namespace {

constexpr std::size_t kMostRoles = 10;

/// What ALL PRIVILEGES stands for on one database; on the whole server it stands for everything.
constexpr const char* kDatabasePrivileges[] = {
    "SELECT",        "INSERT",     "UPDATE",      "DELETE",    "CREATE",
    "DROP",          "REFERENCES", "INDEX",       "ALTER",     "CREATE TEMPORARY TABLES",
    "LOCK TABLES",   "EXECUTE",    "CREATE VIEW", "SHOW VIEW", "CREATE ROUTINE",
    "ALTER ROUTINE", "EVENT",      "TRIGGER"};

/// ... and on one table.
constexpr const char* kTablePrivileges[] = {"SELECT",     "INSERT", "UPDATE", "DELETE",      "CREATE",    "DROP",
                                            "REFERENCES", "INDEX",  "ALTER",  "CREATE VIEW", "SHOW VIEW", "TRIGGER"};

/// LIKE of a database name in a grant: `%` is any characters, `_` is any one.
bool like(std::string_view pattern, std::string_view name) {
  if (pattern.empty()) return name.empty();
  if (pattern[0] == '%') {
    for (std::size_t skipped = 0; skipped <= name.size(); ++skipped)
      if (like(pattern.substr(1), name.substr(skipped))) return true;
    return false;
  }
  const bool escaped = pattern[0] == '\\' && pattern.size() > 1;
  const char wanted = escaped ? pattern[1] : pattern[0];
  if (name.empty() || (wanted != name[0] && (escaped || wanted != '_'))) return false;
  return like(pattern.substr(escaped ? 2 : 1), name.substr(1));
}

class Asking {
 public:
  explicit Asking(DatabaseSession& session)
      : session_(session), connection_(session), granting_(session.token, session.provider) {
    server_.set("host", session.place());
  }

  Reach run(Powers upto) {
    if (const auto opened = open(); !opened) return no_sign_in(opened.error(), std::move(upto));
    const auto who = connection_.ask("who signed in", "SELECT CURRENT_USER(), VERSION(), @@global.read_only");
    const auto grants = connection_.ask("privileges", "SHOW GRANTS");
    if (!who || who->size() != 1 || who->front().size() != 3 || !grants) {
      const Error error = !who      ? who.error()
                          : !grants ? grants.error()
                                    : Error{Error::Kind::malformed, "sent an odd answer"};
      return Unknown{session_.provider.title + " " + error.message, std::move(upto)};
    }
    introduce(who->front());
    list_databases();
    for (const auto& row : *grants) take(row);
    take_roles();
    if (who->front()[2] == "1" && !writes_anyway_) leave_reads();
    return Live{std::move(granting_).finish()};
  }

 private:
  /// A database that does not exist is found out after the password was accepted.
  Result<void> open() {
    constexpr unsigned kUnknownDatabase = 1049, kDatabaseDenied = 1044;
    auto opened = connection_.open(session_.login.database);
    if (opened || session_.login.database.empty()) return opened;
    if (connection_.error_number() != kUnknownDatabase && connection_.error_number() != kDatabaseDenied) return opened;
    granting_.note("database " + session_.login.database + " is not there, or not for this account");
    return connection_.open({});
  }

  Reach no_sign_in(const Error& error, Powers upto) const {
    constexpr unsigned kAccessDenied = 1045, kHostNotAllowed = 1130, kTooMany = 1040, kLocked = 3118, kExpired = 1862;
    const std::string why = session_.provider.title + " " + error.message;
    switch (connection_.error_number()) {
      // A wrong password and an account that may not sign in from here have the same number, and the same words.
      case kAccessDenied:
        return Dead{why + ": the password is not accepted from here"};
      case kLocked:
        return Dead{why + ": the account is locked"};
      case kExpired:
        return Unknown{why + ": the password has expired and has to be changed", std::move(upto)};
      case kHostNotAllowed:
        return Unknown{why + ": nobody may sign in from here", std::move(upto)};
      case kTooMany:
        return Unknown{why + ": it has too many connections", std::move(upto)};
      default:
        return Unknown{why, std::move(upto)};
    }
  }

  void introduce(const MariadbConnection::Row& who) {
    mariadb_ = who[1].find("MariaDB") != std::string::npos;
    Powers& powers = granting_.powers();
    powers.kind = "account";
    powers.identity = granting_.safe("account " + who[0] + " on " + session_.place());
    granting_.resource("server", session_.place() + (mariadb_ ? ", " : ", MySQL ") + who[1], server_);
    granting_.capability("catalog.read", server_);
  }

  void list_databases() {
    const auto databases = connection_.ask("databases", "SHOW DATABASES");
    if (!databases)
      return granting_.note("databases could not be read: " + session_.provider.title + " " +
                            databases.error().message);
    for (const auto& row : *databases) {
      const std::string& name = row[0];
      if (name == "information_schema" || name == "performance_schema" || name == "mysql" || name == "sys") continue;
      databases_.push_back(name);
      granting_.resource("database", name, at_database(name));
    }
  }

  Where at_database(const std::string& name) const {
    Where where = server_;
    where.set("database", granting_.safe(name));
    return where;
  }

  /// The databases that a pattern of a grant means; the pattern itself where none is there yet.
  std::vector<Where> places(const GrantLine& line) const {
    if (line.database == "*") return {server_};
    std::vector<Where> out;
    for (const std::string& name : databases_)
      if (line.table == "*" ? like(line.database, name) : line.database == name) out.push_back(at_database(name));
    if (out.empty()) out.push_back(at_database(line.database));
    if (line.table != "*")
      for (Where& where : out) where.set(line.routine ? "routine" : "table", granting_.safe(line.table));
    return out;
  }

  void take(const MariadbConnection::Row& row) {
    const auto line = row.empty() ? std::nullopt : parse_grant(row[0]);
    if (!line) return;
    if (line->revoked) {
      granting_.note("some of its privileges are revoked for single databases, which is not taken into account");
      return;
    }
    for (const std::string& role : line->roles) roles_.push_back(role);
    if (line->roles.empty())
      for (const Where& where : places(*line)) take_privileges(*line, where);
  }

  void take_privileges(const GrantLine& line, const Where& where) {
    const bool server = line.database == "*";
    for (const std::string& privilege : line.privileges) {
      if (privilege == "SUPER" || privilege == "READ_ONLY ADMIN" || privilege == "ALL PRIVILEGES")
        writes_anyway_ = writes_anyway_ || server;
      if (privilege != "ALL PRIVILEGES" || server)
        take_privilege(privilege, line, where);
      else if (line.table == "*")
        for (const char* each : kDatabasePrivileges) take_privilege(each, line, where);
      else
        for (const char* each : kTablePrivileges) take_privilege(each, line, where);
    }
    if (line.grant_option && !line.routine) granting_.privilege("GRANT OPTION", where);
  }

  /// Dropping and creating databases needs the privilege on a database, not on a table of it.
  void take_privilege(const std::string& privilege, const GrantLine& line, const Where& where) {
    const bool database = line.table == "*";
    if (privilege == "DROP" && !database) return granting_.capability("table.destroy", where);
    if (privilege == "CREATE" && !database) return granting_.capability("schema.write", where);
    if (privilege == "SUPER" && !mariadb_) granting_.capability("account.impersonate", where);  // MariaDB: SET USER
    // What the binary log holds can be copied only where one is kept.
    const bool unsure = privilege.rfind("REPLICATION", 0) == 0;
    granting_.privilege(privilege, where, unsure ? Proof::documented : Proof::proven);
  }

  /// Roles come on top. MariaDB has one at a time, MySQL all at once.
  void take_roles() {
    std::sort(roles_.begin(), roles_.end());
    roles_.erase(std::unique(roles_.begin(), roles_.end()), roles_.end());
    if (roles_.size() > kMostRoles) {
      granting_.note("only " + std::to_string(kMostRoles) + " of its " + std::to_string(roles_.size()) +
                     " roles were read");
      roles_.resize(kMostRoles);
    }
    const std::vector<std::string> wanted = std::exchange(roles_, {});
    for (const std::string& role : wanted) {
      if (!connection_.ask("take on a role", "SET ROLE " + role)) continue;
      const auto grants = connection_.ask("privileges of the role", "SHOW GRANTS");
      if (!grants) continue;
      for (const auto& row : *grants) take(row);
    }
  }

  /// A server that is read-only for all but its administrators.
  void leave_reads() {
    granting_.note(
        "this server is read-only, as replicas are: writes need the primary, where the same account can do them");
    granting_.drop([](const Capability& capability) {
      return capability.id.rfind("table.", 0) == 0
                 ? capability.effect != Effect::read
                 : capability.id.rfind("row.", 0) == 0 || capability.id.rfind("schema.", 0) == 0 ||
                       capability.id.rfind("database.", 0) == 0 || capability.id.rfind("account.", 0) == 0 ||
                       capability.id.rfind("privilege.", 0) == 0;
    });
  }

  DatabaseSession& session_;
  MariadbConnection connection_;
  Granting granting_;
  Where server_;
  std::vector<std::string> databases_;
  std::vector<std::string> roles_;  // as SHOW GRANTS quotes them
  bool mariadb_ = false;
  bool writes_anyway_ = false;
};

}  // namespace

Reach probe_mysql(DatabaseSession& session, Powers upto) { return Asking(session).run(std::move(upto)); }

}  // namespace overreach
