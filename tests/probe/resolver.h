// What names resolve to in this test program: its getaddrinfo() stands before the system's, also for libcurl.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace overreach::testing {

/// While it lives, `host` resolves to `addresses`, numeric. One for a host at a time.
class ResolvesTo {
 public:
  ResolvesTo(std::string host, std::vector<std::string> addresses);
  ~ResolvesTo();
  ResolvesTo(const ResolvesTo&) = delete;
  ResolvesTo& operator=(const ResolvesTo&) = delete;
  unsigned asked() const;

 private:
  std::string host_;
};

/// While it lives, resolving `host` does not end (20 s at most, should what waits for it never end this).
class NeverResolves {
 public:
  explicit NeverResolves(std::string host);
  ~NeverResolves();
  NeverResolves(const NeverResolves&) = delete;
  NeverResolves& operator=(const NeverResolves&) = delete;
  /// True when some call has given up waiting.
  bool gave_up() const;

 private:
  std::string host_;
};

}  // namespace overreach::testing
