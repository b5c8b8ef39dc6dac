#include "detectors/probe/database/database.h"

#include <algorithm>
#include <iterator>
#include <optional>

namespace overreach {
namespace {

constexpr std::chrono::seconds kTimeForOneDatabase{20};

constexpr DatabaseEntry kDatabases[] = {
    {"mongodb", &probe_mongodb, "hello, connectionStatus, listDatabases", &mongodb_places},
    {"mysql", &probe_mysql, "SHOW GRANTS, and what there is, in a read-only session"},
    {"postgres", &probe_postgres, "SELECT from the catalogue in a read-only transaction"},
    {"redis", &probe_redis, "ACL WHOAMI, ACL GETUSER, ACL DRYRUN, INFO"},
};

using Place = std::pair<DatabaseLogin, DatabaseAddress>;

/// The first of `places`, at least one, that accepts a connection; or why the first does not.
Result<Place> find_first_address(const std::vector<DatabaseLogin>& places, const Patience& patience) {
  std::optional<Error> why;
  for (const DatabaseLogin& login : places) {
    auto address = find_address(login, patience);
    if (address) return Place{login, std::move(*address)};
    if (!why) why = address.error();
  }
  return tl::unexpected<Error>(*why);
}

}  // namespace

void DatabaseSession::log(std::string_view what, std::size_t bytes, const std::string& failure) const {
  if (!options.sent) return;
  SentRequest sent;
  sent.provider = provider.id;
  sent.host = login.host;
  sent.what = std::string(what);
  sent.bytes = bytes;
  sent.failure = failure;
  options.sent(sent);
}

std::string DatabaseSession::place() const {
  return login.port == provider.probe.port ? login.host : login.host + ":" + std::to_string(login.port);
}

const DatabaseEntry* database_probe(std::string_view name) {
  const auto* const it =
      std::find_if(std::begin(kDatabases), std::end(kDatabases), [&](const auto& e) { return e.name == name; });
  return it == std::end(kDatabases) ? nullptr : it;
}

Reach probe_database(const Token& token, const Provider& provider, Powers upto, const ProbeOptions& options) {
  const DatabaseEntry* entry = database_probe(provider.probe.database);
  if (entry == nullptr) return NotProbed{std::move(upto)};
  if (!options.databases) {
    upto.notes.emplace_back("what it may do is known to the server only, which is asked with --probe-db");
    return NotProbed{std::move(upto)};
  }
  auto login = login_of(token, provider, options);
  if (!login) return Unknown{provider.title + " was not asked: " + login.error().message, std::move(upto)};
  const Patience patience{.end = std::chrono::steady_clock::now() + kTimeForOneDatabase, .stop = options.stop};
  std::vector<DatabaseLogin> places = {*login};
  if (entry->places != nullptr) {
    auto found = entry->places(*login, patience);
    if (!found) return Unknown{provider.title + " " + found.error().message, std::move(upto)};
    places = std::move(*found);
  }
  auto address = find_first_address(places, patience);
  if (!address) return Unknown{provider.title + " " + address.error().message, std::move(upto)};
  DatabaseSession session{token, provider, options, std::move(address->first), std::move(address->second), patience};
  return entry->run(session, std::move(upto));
}

}  // namespace overreach
