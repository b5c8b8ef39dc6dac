// What it takes to sign in to a database, and where that may be done.
#pragma once

#include <string>

#include "detectors/model/token.h"
#include "detectors/probe/database/patience.h"
#include "detectors/probe/probe.h"
#include "rules/catalog/provider.h"

namespace overreach {

/// A database credential, with its URL escapes undone.
struct DatabaseLogin {
  std::string host;  // as the credential names it; what a certificate has to name
  unsigned port = 0;
  std::string user;  // empty: the server's default
  Secret password;
  std::string database;     // empty: the server's default
  std::string scheme;       // "mongodb+srv"; empty where a database has one only
  std::string auth_source;  // MongoDB: the database that knows the user; empty: the URL does not say
};

/// An address that was checked and answered.
struct DatabaseAddress {
  std::string numeric;  // "10.0.0.5": what is connected to, so that a name cannot change its meaning in between
  bool loopback = false;
};

/// Reads the credential, and asks whether it may be used: the host stands in the scanned text, so the user must have
/// named it with --probe-host, and have said --probe-db. Uses no network.
Result<DatabaseLogin> login_of(const Token& token, const Provider& provider, const ProbeOptions& options);

/// Resolves the host and takes the first address that may be connected to and accepts a connection. Addresses of
/// private networks and of this machine are allowed, since the user named the host; link-local addresses and metadata
/// services are not. Nothing is sent.
Result<DatabaseAddress> find_address(const DatabaseLogin& login, const Patience& patience);

}  // namespace overreach
