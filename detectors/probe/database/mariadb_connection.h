// One connection to MySQL or MariaDB that only reads.
#pragma once

#include <string>
#include <vector>

#include "detectors/probe/database/database.h"
#include "detectors/probe/database/mariadb_library.h"

namespace overreach {

/// Signs in on open() and out in the destructor. Used by one thread. Errors have words of ours and a number only.
class MariadbConnection {
 public:
  /// Cells of a row; NULL is empty.
  using Row = std::vector<std::string>;

  explicit MariadbConnection(const DatabaseSession& session) : session_(session) {}
  ~MariadbConnection();
  MariadbConnection(const MariadbConnection&) = delete;
  MariadbConnection& operator=(const MariadbConnection&) = delete;

  /// Connects to the checked address. Off this machine only with TLS and a certificate that this machine trusts and
  /// that names the host.
  Result<void> open(const std::string& database);

  /// Runs one statement. `what` names it in the log.
  Result<std::vector<Row>> ask(const char* what, const std::string& sql);

  /// The server's error number of the last failure; 0 when it gave none.
  unsigned error_number() const { return number_; }

 private:
  Result<void> configure();
  Result<void> sign_in(const std::string& database);
  Result<std::vector<Row>> run(const std::string& sql);
  Result<std::vector<Row>> rows();
  template <class Continue>
  Result<void> drive(int wanted, const Continue& next) const;
  Result<void> wait(int wanted) const;
  Error refusal(const std::string& what);

  const DatabaseSession& session_;
  const MariadbLibrary* mariadb_ = nullptr;
  MYSQL* connection_ = nullptr;
  unsigned number_ = 0;
};

}  // namespace overreach
