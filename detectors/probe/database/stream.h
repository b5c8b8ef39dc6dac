// A connection for a protocol that no library speaks for us.
#pragma once

#include <memory>
#include <string_view>

#include "detectors/probe/curl_library.h"
#include "detectors/probe/database/database.h"

namespace overreach {

/// Bytes to and from the checked address of a session: plain on this machine, with TLS and a certificate that this
/// machine trusts and that names the host anywhere else. Closed in the destructor. Used by one thread.
class Stream {
 public:
  static Result<Stream> open(const DatabaseSession& session);

  Result<void> send(std::string_view bytes);
  /// At least one byte, at most `size`. An error when the other side has closed.
  Result<std::size_t> receive(char* data, std::size_t size);
  /// As receive(), but 0 when nothing has arrived. With room for 16 KiB nothing stays behind that poll() cannot see.
  Result<std::size_t> receive_now(char* data, std::size_t size);
  /// For poll(); negative when there is none any more.
  int socket() const;

 private:
  struct Close {
    const CurlLibrary* curl;
    void operator()(CURL* handle) const { curl->easy_cleanup(handle); }
  };

  Stream(const CurlLibrary& curl, CURL* handle, const Patience& patience)
      : curl_(&curl), handle_(handle, Close{&curl}), patience_(patience) {}
  Result<void> wait_for(short events);

  const CurlLibrary* curl_;
  std::unique_ptr<CURL, Close> handle_;
  Patience patience_;
};

}  // namespace overreach
