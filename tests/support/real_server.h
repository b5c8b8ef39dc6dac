// A server from Debian, started for one test.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <functional>
#include <string>
#include <vector>

#include "tests/support/temp_dir.h"

namespace overreach::testing {

/// A directory and at most one running server, both gone with the destructor.
///
/// Servers refuse to run as root, so a test that runs as root starts them as the user that their package made.
class RealServer {
 public:
  /// `user` owns the directory. Throws when the tests run as root and there is no such user.
  explicit RealServer(const std::string& user, int stop_signal = SIGTERM);
  ~RealServer();
  RealServer(const RealServer&) = delete;
  RealServer& operator=(const RealServer&) = delete;

  std::string directory() const { return directory_.path().string(); }
  /// A port of 127.0.0.1 that was free a moment ago.
  int port() const { return port_; }

  /// Makes `file` the user's, readable for nobody else.
  void give(const std::string& file) const;
  /// Runs a program as the user, to its end. Throws with what it said when it fails.
  void run(const std::vector<std::string>& argv, const std::vector<std::string>& environment = {}) const;
  /// Starts the server as the user, and waits until `ready()` is true, a minute at most. Throws with what it said.
  void start(const std::vector<std::string>& argv, const std::function<bool()>& ready,
             const std::vector<std::string>& environment = {});

 private:
  pid_t spawn(const std::vector<std::string>& argv, const std::vector<std::string>& environment) const;
  std::string log() const;

  TempDir directory_;
  uid_t user_ = 0;
  gid_t group_ = 0;
  int port_ = 0;
  int stop_signal_;
  pid_t server_ = -1;
};

/// A password of 20 letters and digits that no file holds.
std::string fresh_password();

/// A port of 127.0.0.1 that is free now.
int free_port();

/// Whether something accepts connections at 127.0.0.1:`port`.
bool accepts_connections(int port);

}  // namespace overreach::testing
