// connectionStatus tells everybody who signs in which actions he may take on which resources. Actions are keys of the
// provider file's `grants`; a resource is a collection, a database, all of them, or the cluster.
//
// A mongodb+srv URL names no server: SRV records do. They lie outside of what the user named, so only hosts under the
// same domain count, and of TXT records only the database that knows the user (MongoDB's own rules, too).
#include <algorithm>

#include "detectors/probe/answer.h"
#include "detectors/probe/database/granting.h"
#include "detectors/probe/database/mongo_connection.h"
#include "detectors/probe/database/srv.h"

namespace overreach {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostServers = 8;
constexpr unsigned kCommandNotFound = 59;

bool is_true(const Json& json, const char* pointer) {
  const auto text = text_at(json, pointer);
  return text && *text == "true";
}

std::string text_or_empty(const Json& json, const char* pointer) { return text_at(json, pointer).value_or(""); }

/// What belongs to the server and not to applications: writing there is not writing documents.
bool is_of_server(const std::string& collection) { return collection.rfind("system.", 0) == 0; }

/// In these lie the users: who may write there can make himself anything.
bool holds_users(const std::string& collection) { return collection == "system.users" || collection == "system.roles"; }

class Asking {
 public:
  explicit Asking(DatabaseSession& session)
      : session_(session), connection_(session), granting_(session.token, session.provider) {
    server_.set("host", session.place());
  }

  Reach run(Powers upto) {
    const auto status = sign_in();
    if (!status && connection_.not_accepted())
      return Dead{session_.provider.title + " does not accept this user and password"};
    if (!status) return Unknown{session_.provider.title + " " + status.error().message, std::move(upto)};
    granting_.powers().kind = "user";
    granting_.powers().expires = "never";
    take_user(*status);
    look_around();
    list_databases();
    take_powers(*status);
    if (secondary_) leave_reads();
    return Live{std::move(granting_).finish()};
  }

 private:
  /// The database that knows the user: as the URL says, else the one it is about, or `admin`. A URL whose options were
  /// not found beside it may leave it out.
  std::vector<std::string> sources() const {
    const DatabaseLogin& login = session_.login;
    if (!login.auth_source.empty()) return {login.auth_source};
    if (login.database.empty() || login.database == "admin") return {"admin"};
    return {login.database, "admin"};
  }

  Result<Json> sign_in() {
    Result<Json> status = Json();
    for (const std::string& source : sources()) {
      if (auto opened = connection_.open(source); !opened) return tl::unexpected<Error>(opened.error());
      status = connection_.ask("what the user may do", R"({"connectionStatus": 1, "showPrivileges": true})");
      if (status || !connection_.not_accepted()) break;
    }
    return status;
  }

  void take_user(const Json& status) {
    const std::string user = text_or_empty(status, "/authInfo/authenticatedUsers/0/user");
    const std::string source = text_or_empty(status, "/authInfo/authenticatedUsers/0/db");
    granting_.powers().identity = granting_.safe("user " + user + " of " + source + " on " + session_.place());
    std::string roles;
    for (const Json* role : select(status, "/authInfo/authenticatedUserRoles/*"))
      roles += (roles.empty() ? "" : ", ") + text_or_empty(*role, "/role") + " on " + text_or_empty(*role, "/db");
    granting_.note(roles.empty() ? "it has no role" : "its roles: " + roles);
  }

  void look_around() {
    auto hello = connection_.ask("about the server", R"({"hello": 1})");
    if (!hello && connection_.code() == kCommandNotFound)  // before version 4.4
      hello = connection_.ask("about the server", R"({"isMaster": 1})");
    if (!hello) return granting_.note("whether the server is a primary is not known");
    secondary_ = is_true(*hello, "/secondary");
    const std::string set = text_or_empty(*hello, "/setName");
    const bool router = text_or_empty(*hello, "/msg") == "isdbgrid";
    granting_.resource("cluster", set.empty() ? session_.place() + (router ? ", a router" : "") : set, server_);
  }

  void list_databases() {
    const auto list = connection_.ask("about databases", R"({"listDatabases": 1, "nameOnly": true})");
    if (!list) return granting_.note("which databases there are is not known");
    for (const Json* database : select(*list, "/databases/*"))
      if (const auto name = text_at(*database, "/name")) granting_.resource("database", *name, in(*name, {}));
  }

  Where in(const std::string& database, const std::string& collection) const {
    Where where = server_;
    if (!database.empty()) where.set("database", granting_.safe(database));
    if (!collection.empty()) where.set("collection", granting_.safe(collection));
    return where;
  }

  void take_powers(const Json& status) {
    if (select(status, "/authInfo/authenticatedUserPrivileges").empty()) return take_roles(status);
    for (const Json* privilege : select(status, "/authInfo/authenticatedUserPrivileges/*"))
      for (const Json* action : select(*privilege, "/actions/*"))
        if (const auto name = text_of(*action)) take_action(*name, *privilege);
  }

  void take_action(const std::string& action, const Json& privilege) {
    if (is_true(privilege, "/resource/cluster") || is_true(privilege, "/resource/anyResource"))
      return granting_.privilege(action, server_);
    const auto database = text_at(privilege, "/resource/db");
    const std::string collection = text_or_empty(privilege, "/resource/collection");
    if (!database) return;  // the server's own buckets of time series
    const bool writes = action == "insert" || action == "update" || action == "remove";
    if (holds_users(collection) && writes && (database->empty() || *database == "admin"))
      return granting_.capability("user.admin", server_);
    if (!is_of_server(collection)) granting_.privilege(action, in(*database, collection));
  }

  /// Servers that speak the protocol and tell no privileges: what roles of these names mean in MongoDB.
  void take_roles(const Json& status) {
    granting_.note("the server tells roles and no privileges; what they mean is taken from MongoDB's documentation");
    for (const Json* role : select(status, "/authInfo/authenticatedUserRoles/*")) {
      const std::string name = text_or_empty(*role, "/role");
      const std::string database = text_or_empty(*role, "/db");
      granting_.privilege(name, database == "admin" ? server_ : in(database, {}), Proof::documented);
    }
  }

  void leave_reads() {
    granting_.note("this server is a secondary: writes need the primary, where the same user exists");
    granting_.drop([](const Capability& capability) {
      const bool of_data = capability.resource == "collection" || capability.resource == "database";
      return (of_data && capability.effect != Effect::read) || capability.resource == "user" ||
             capability.id == "cluster.restore";
    });
  }

  DatabaseSession& session_;
  MongoConnection connection_;
  Granting granting_;
  Where server_;
  bool secondary_ = false;
};

/// "abc.example.net" for "cluster0.abc.example.net"; empty where that leaves less than two labels.
std::string domain_of(const std::string& host) {
  const std::size_t dot = host.find('.');
  if (dot == std::string::npos || host.find('.', dot + 1) == std::string::npos) return {};
  return host.substr(dot + 1);
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

/// "authSource" out of "authSource=admin&replicaSet=rs0".
std::string option(const std::string& text, std::string_view name) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('&', at), text.size());
    const std::string_view part = std::string_view(text).substr(at, end - at);
    if (part.size() > name.size() && part.substr(0, name.size()) == name && part[name.size()] == '=')
      return std::string(part.substr(name.size() + 1));
    at = end + 1;
  }
  return {};
}

}  // namespace

Result<std::vector<DatabaseLogin>> mongodb_places(const DatabaseLogin& login, const Patience& patience) {
  if (login.scheme != "mongodb+srv") return std::vector<DatabaseLogin>{login};
  const std::string domain = lower(domain_of(login.host));
  if (domain.empty())
    return fail(Error::Kind::refused, "was not asked: its SRV name has no domain that servers could lie under");
  const auto records = find_srv("_mongodb._tcp." + login.host, patience);
  if (!records) return tl::unexpected<Error>(records.error());
  const auto texts = find_txt(login.host, patience);
  if (!texts) return tl::unexpected<Error>(texts.error());
  std::vector<DatabaseLogin> places;
  for (const SrvRecord& record : *records) {
    if (!lower(record.host).ends_with("." + domain))
      return fail(Error::Kind::refused, "was not asked: its SRV records lead out of the domain of its name");
    DatabaseLogin place = login;
    place.host = record.host;
    place.port = record.port;
    if (place.auth_source.empty() && texts->size() == 1) place.auth_source = option(texts->front(), "authSource");
    if (places.size() < kMostServers) places.push_back(std::move(place));
  }
  return places;
}

Reach probe_mongodb(DatabaseSession& session, Powers upto) { return Asking(session).run(std::move(upto)); }

}  // namespace overreach
