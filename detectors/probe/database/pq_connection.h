// One connection to PostgreSQL that can only read.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "detectors/probe/database/database.h"
#include "detectors/probe/database/pq_library.h"

namespace overreach {

/// Signs in on open() and out in the destructor. Used by one thread. Errors have words of ours and an SQLSTATE only.
class PqConnection {
 public:
  explicit PqConnection(const DatabaseSession& session) : session_(session) {}
  ~PqConnection();
  PqConnection(const PqConnection&) = delete;
  PqConnection& operator=(const PqConnection&) = delete;

  /// Connects to the checked address. Off this machine only with TLS and a certificate that this machine trusts and
  /// that names the host.
  Result<void> open(const std::string& database);

  /// Runs one statement that gives one JSON value in one row; null when it gives no row. `what` names it in the log.
  Result<nlohmann::json> ask(const char* what, const std::string& sql);

  /// SQLSTATE of the last failure; empty when the server gave none.
  const std::string& state() const { return state_; }

 private:
  Result<void> sign_in();
  Result<std::string> run(const std::string& sql);
  Error refusal();
  bool too_much() const;

  const DatabaseSession& session_;
  const PqLibrary* pq_ = nullptr;
  PGconn* connection_ = nullptr;
  std::string state_;
};

}  // namespace overreach
