// Databases: asked in their own protocol, in a session that cannot write.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "detectors/model/reach.h"
#include "detectors/probe/database/login.h"

namespace overreach {

/// What the probe of one kind of database gets. Used by one thread.
struct DatabaseSession {
  const Token& token;
  const Provider& provider;
  const ProbeOptions& options;
  DatabaseLogin login;
  DatabaseAddress address;
  Patience patience;

  /// Notes a question for --probe-log. `what` is ours ("privileges on tables"); `failure` is empty for an answer.
  void log(std::string_view what, std::size_t bytes, const std::string& failure = {}) const;
  /// The host, and the port where it is not the usual one.
  std::string place() const;
};

/// Signs in, asks, signs out. `upto` is the bound without asking. Every failure is Unknown with its reason.
using DatabaseProbe = Reach (*)(DatabaseSession& session, Powers upto);

/// The servers that a login is for, when its host is not one itself. Blocks on name servers.
using DatabasePlaces = Result<std::vector<DatabaseLogin>> (*)(const DatabaseLogin& login, const Patience& patience);

struct DatabaseEntry {
  std::string_view name;  // as in `database:` of a provider file
  DatabaseProbe run;
  std::string_view request;         // how the plan shows it
  DatabasePlaces places = nullptr;  // null: the login's own host
};

/// nullptr when there is no such function.
const DatabaseEntry* database_probe(std::string_view name);

/// Asks the database that `token` signs in to. Never throws but for memory.
Reach probe_database(const Token& token, const Provider& provider, Powers upto, const ProbeOptions& options);

Reach probe_postgres(DatabaseSession& session, Powers upto);
Reach probe_mysql(DatabaseSession& session, Powers upto);
Reach probe_redis(DatabaseSession& session, Powers upto);
Reach probe_mongodb(DatabaseSession& session, Powers upto);
/// What the SRV and TXT records of a mongodb+srv URL name, under its own domain; other URLs are their own place.
Result<std::vector<DatabaseLogin>> mongodb_places(const DatabaseLogin& login, const Patience& patience);

}  // namespace overreach
