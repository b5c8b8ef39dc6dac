// One request over libcurl, from its options to what came back.
#pragma once

#include <string>
#include <string_view>

#include "detectors/probe/curl_library.h"
#include "detectors/probe/transport.h"

namespace overreach {

/// Where certificates of authorities are, if not where libcurl looks for them: CURL_CA_BUNDLE, else SSL_CERT_FILE and
/// SSL_CERT_DIR of the environment, as with curl and OpenSSL. There is no way to switch verification off.
struct Authorities {
  std::string file;
  std::string directory;
};
Authorities authorities_of_environment();

/// curl copies header lines; the copies are overwritten before they are freed.
class HeaderList {
 public:
  explicit HeaderList(const CurlLibrary& curl) : curl_(curl) {}
  ~HeaderList();
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;

  void add(std::string_view name, std::string_view value);
  /// Keeps curl from sending a header of its own.
  void without(const char* name);
  curl_slist* get() const { return list_; }

 private:
  const CurlLibrary& curl_;
  curl_slist* list_ = nullptr;
};

/// A request and its answer. It stays where it is, and outlives the work of libcurl on it, which keeps pointers to it.
class CurlExchange {
 public:
  /// `body` null: a GET. What is passed in outlives the exchange.
  CurlExchange(const CurlLibrary& curl, const Authorities& authorities, const Request& request, const Secret* body,
               std::string_view content_type);
  CurlExchange(const CurlExchange&) = delete;
  CurlExchange& operator=(const CurlExchange&) = delete;

  const Request& request() const { return request_; }

  /// Why this is not sent at all.
  Result<void> check() const;

  /// Sets every option on `handle`. False when one could not be set: it would silently weaken a rule.
  bool configure(CURL* handle);

  /// The answer, when libcurl is done with `handle`.
  Result<Response> finish(CURL* handle, CURLcode code);

 private:
  static std::size_t take_body(char* data, std::size_t size, std::size_t count, void* self) noexcept;
  static std::size_t take_header(char* data, std::size_t size, std::size_t count, void* self) noexcept;
  static curl_socket_t open_socket(void* self, curlsocktype type, curl_sockaddr* address) noexcept;
  static int before_request(void* self, char* peer, char* own, int peer_port, int own_port) noexcept;

  bool may_reach(const sockaddr* address) const;
  template <class Value>
  void set(CURLoption option, Value value);
  void set_rules();
  void set_callbacks();
  void set_body();
  void set_certificates(const TlsCertificates& tls);
  Result<Response> failure(CURLcode code) const;

  const CurlLibrary& curl_;
  const Authorities& authorities_;
  const Request& request_;
  const Secret* body_;
  HeaderList headers_;
  Response response_;
  CURL* handle_ = nullptr;
  std::size_t header_bytes_ = 0;
  bool loopback_;  // the URL names a loopback host: only such addresses, else only public ones
  bool configured_ = true;
  bool head_is_whole_ = false;  // or the answer was cut in its headers, which libcurl takes for an answer
  bool too_large_ = false;
  bool refused_address_ = false;
};

}  // namespace overreach
