// Databases: asked in their own protocol, in a session that cannot write.
#pragma once

#include <string>
#include <string_view>

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

struct DatabaseEntry {
  std::string_view name;  // as in `database:` of a provider file
  DatabaseProbe run;
  std::string_view request;  // how the plan shows it
};

/// nullptr when there is no such function.
const DatabaseEntry* database_probe(std::string_view name);

/// Asks the database that `token` signs in to. Never throws but for memory.
Reach probe_database(const Token& token, const Provider& provider, Powers upto, const ProbeOptions& options);

Reach probe_postgres(DatabaseSession& session, Powers upto);
Reach probe_mysql(DatabaseSession& session, Powers upto);
Reach probe_redis(DatabaseSession& session, Powers upto);

}  // namespace overreach
