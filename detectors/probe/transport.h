// The network is one narrow seam, read-only by construction.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scanner/base/result.h"
#include "scanner/base/secret.h"

namespace overreach {

/// A header of a request. The value may hold a credential.
struct Header {
  std::string name;
  Secret value;
};

/// TLS with a server that has certificates of its own. PEM texts; what is empty is not used.
struct TlsCertificates {
  std::string authority;    // trusted for this request instead of the system's authorities
  std::string certificate;  // the client's
  Secret key;               // the client's
};

/// Where a request may go. Link-local addresses and metadata services: never.
enum class Reachable {
  outside,    // public addresses, or this machine where the URL names it
  inside_too  // and private networks: the user named the host
};

/// What to ask. There is no method field: probes cannot write by construction.
struct Request {
  std::string url;  // https://, or http:// to a loopback address under --endpoint
  std::vector<Header> headers;
  std::chrono::milliseconds timeout{10'000};
  const std::atomic<bool>* stop = nullptr;  // becomes true: give up within a second
  const TlsCertificates* tls = nullptr;     // outlives the call; null: the system's authorities, no certificate
  Reachable reachable = Reachable::outside;
};

struct Response {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;                                          // at most 4 MiB
  std::string_view header(std::string_view lower_case_name) const;
};

/// Sends requests that read.
///
/// CurlTransport uses the network; ReplayTransport (tests/support) a recorded conversation.
/// Used by one thread at a time. Errors never quote a header or body.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual Result<Response> get(const Request& request) = 0;
  /// For providers whose read interface is POST (GraphQL queries, STS). `why` is the reason
  /// the provider file gives; the caller has checked that `body` is a read.
  virtual Result<Response> query(const Request& request, std::string_view content_type, const Secret& body,
                                 std::string_view why) = 0;

  /// Holds a conversation for each of `hosts`: calls talk(i), which asks and answers in the plain blocking style, and
  /// returns when all have ended. hosts[i] is where conversation i begins, so that a slow host keeps nobody waiting
  /// but its own. `talk` must not throw. Here: one after the other.
  virtual void hold(const std::vector<std::string>& hosts, const std::function<void(std::size_t)>& talk);

  /// Lets time pass inside a conversation; others go on. Returns early when `stop` (may be null) becomes true.
  virtual void pause(std::chrono::milliseconds time, const std::atomic<bool>* stop);
};

}  // namespace overreach
