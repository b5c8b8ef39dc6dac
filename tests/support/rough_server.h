// A server that says byte for byte what a test wants, over TLS or not.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/certificates.h"

namespace overreach::testing {

/// One connection, as a script sees it. Used by one thread.
class RoughConnection {
 public:
  virtual ~RoughConnection() = default;
  /// The next request, head and body. Nothing when the client or the test is gone.
  virtual std::optional<std::string> request() = 0;
  /// The next bytes of a protocol that is not HTTP. Nothing when the client or the test is gone.
  virtual std::optional<std::string> bytes(std::size_t count) = 0;
  /// False when the client or the test is gone.
  virtual bool send(std::string_view bytes) = 0;
  /// Lets time pass. False when the test is over.
  virtual bool wait(std::chrono::milliseconds time) = 0;
};

/// "HTTP/1.1 200 OK" with its length, ready to be sent. `headers`: whole lines, each with its end.
std::string http_answer(int status, std::string_view body,
                        std::string_view headers = "Content-Type: application/json\r\n");

/// Listens on a loopback address, on a free port, from the constructor to the destructor. Every connection gets a
/// thread that runs the script once; the connection is closed when the script returns. The script must not throw.
class RoughServer {
 public:
  using Script = std::function<void(RoughConnection&)>;

  /// `identity` null: plain HTTP. Throws std::runtime_error.
  explicit RoughServer(Script script, TlsIdentity identity = nullptr, const std::string& address = "127.0.0.1");
  ~RoughServer();
  RoughServer(const RoughServer&) = delete;
  RoughServer& operator=(const RoughServer&) = delete;

  int port() const;
  /// "https://localhost:49152" for host "localhost".
  std::string url(const std::string& host) const;
  /// Requests that have arrived, and connections whose client did not finish its handshake.
  std::vector<std::string> requests() const;
  unsigned failed_handshakes() const;
  unsigned connections() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Answers every request with `answer`.
RoughServer::Script always(std::string answer);

}  // namespace overreach::testing
