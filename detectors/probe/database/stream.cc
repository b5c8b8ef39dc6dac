// libcurl opens the connection (TLS, certificate, time limit) and then carries bytes: CURLOPT_CONNECT_ONLY.
#include "detectors/probe/database/stream.h"

#include "detectors/probe/database/trust.h"

namespace overreach {
namespace {

int has_stopped(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept {
  return *static_cast<const std::atomic<bool>*>(stop) ? 1 : 0;
}

Error refusal(CURLcode code, const Patience& patience) {
  if (code == CURLE_ABORTED_BY_CALLBACK || code == CURLE_OPERATION_TIMEDOUT) return patience.error();
  if (code == CURLE_PEER_FAILED_VERIFICATION)
    return {Error::Kind::network,
            "was not asked: its TLS certificate is not one that this machine trusts for this host"};
  if (code == CURLE_SSL_CONNECT_ERROR)
    return {Error::Kind::network,
            "was not asked: it offers no TLS, and a password is not sent without it to another machine"};
  return {Error::Kind::network, "could not be reached"};
}

}  // namespace

Result<Stream> Stream::open(const DatabaseSession& session) {
  const auto library = curl_library();
  if (!library) return tl::unexpected<Error>(library.error());
  const CurlLibrary& curl = **library;
  Stream stream(curl, curl.easy_init(), session.patience);
  CURL* handle = stream.handle_.get();
  if (handle == nullptr) return fail(Error::Kind::limit, "was not asked: libcurl cannot make a connection");
  const std::string port = std::to_string(session.login.port);
  const bool six = session.address.numeric.find(':') != std::string::npos;
  const std::string address = six ? "[" + session.address.numeric + "]" : session.address.numeric;
  const std::string name = session.address.loopback ? address : session.login.host;
  const std::string url = (session.address.loopback ? "http://" : "https://") + name + ":" + port;
  const Authorities authorities = trusted_authorities();
  curl_slist* pinned = curl.slist_append(nullptr, (name + ":" + port + ":" + address).c_str());
  bool all = pinned != nullptr;
  const auto set = [&](CURLoption option, auto value) {
    all = all && curl.easy_setopt(handle, option, value) == CURLE_OK;
  };
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_CONNECT_ONLY, 1L);
  set(CURLOPT_RESOLVE, pinned);
  set(CURLOPT_PROXY, "");
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_CAINFO, authorities.file.c_str());
  if (!authorities.directory.empty()) set(CURLOPT_CAPATH, authorities.directory.c_str());
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_TIMEOUT_MS, 10'000L);
  if (session.patience.stop != nullptr) {
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, &has_stopped);
    set(CURLOPT_XFERINFODATA, session.patience.stop);
  }
  const CURLcode code = all ? curl.easy_perform(handle) : CURLE_UNKNOWN_OPTION;
  curl.easy_setopt(handle, CURLOPT_RESOLVE, static_cast<curl_slist*>(nullptr));
  curl.slist_free_all(pinned);
  if (code != CURLE_OK) return tl::unexpected<Error>(refusal(code, session.patience));
  return stream;
}

int Stream::socket() const {
  curl_socket_t fd = CURL_SOCKET_BAD;
  curl_->easy_getinfo(handle_.get(), CURLINFO_ACTIVESOCKET, &fd);
  return fd;
}

Result<void> Stream::wait_for(short events) {
  const int fd = socket();
  if (fd < 0) return fail(Error::Kind::network, "closed the connection");
  return patience_.wait_for(fd, events);
}

Result<void> Stream::send(std::string_view bytes) {
  while (!bytes.empty()) {
    std::size_t sent = 0;
    const CURLcode code = curl_->easy_send(handle_.get(), bytes.data(), bytes.size(), &sent);
    if (code != CURLE_OK && code != CURLE_AGAIN) return fail(Error::Kind::network, "closed the connection");
    bytes.remove_prefix(sent);
    if (code != CURLE_AGAIN) continue;
    if (auto ready = wait_for(POLLOUT); !ready) return ready;
  }
  return {};
}

Result<std::size_t> Stream::receive_now(char* data, std::size_t size) {
  std::size_t received = 0;
  const CURLcode code = curl_->easy_recv(handle_.get(), data, size, &received);
  if (code == CURLE_AGAIN) return 0;
  if (code != CURLE_OK || received == 0) return fail(Error::Kind::network, "closed the connection");
  return received;
}

Result<std::size_t> Stream::receive(char* data, std::size_t size) {
  for (;;) {
    const auto received = receive_now(data, size);
    if (!received || *received > 0) return received;
    if (auto ready = wait_for(POLLIN); !ready) return tl::unexpected<Error>(ready.error());
  }
}

}  // namespace overreach
