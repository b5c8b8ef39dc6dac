// Each rule of detectors/probe/README.md that a library option can enforce is one line of set_rules(). Addresses are
// checked after name resolution, in the callback that opens the socket, so a public name that resolves to a private
// address gets no connection; and once more before a request is written, since a connection that is kept may have been
// opened for another one that was allowed more.
#include "detectors/probe/curl_exchange.h"

#include <netdb.h>
#include <strings.h>
#include <sys/socket.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <cstring>

#include "detectors/probe/address.h"
#include "detectors/probe/target.h"

namespace overreach {
namespace {

constexpr std::size_t kLargestBody = std::size_t{4} << 20U;
constexpr std::size_t kLargestHeader = std::size_t{64} << 10U;
constexpr long kLongestConnect = 5'000;  // milliseconds

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.remove_suffix(1);
  return text;
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

bool about_certificates(CURLcode code) {
  return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_ISSUER_ERROR || code == CURLE_SSL_CACERT_BADFILE ||
         code == CURLE_SSL_INVALIDCERTSTATUS;
}

}  // namespace

Authorities authorities_of_environment() {
  if (std::string bundle = environment("CURL_CA_BUNDLE"); !bundle.empty())
    return {.file = std::move(bundle), .directory = {}};
  return {.file = environment("SSL_CERT_FILE"), .directory = environment("SSL_CERT_DIR")};
}

HeaderList::~HeaderList() {
  for (curl_slist* line = list_; line != nullptr; line = line->next)
    explicit_bzero(line->data, std::strlen(line->data));
  curl_.slist_free_all(list_);
}

void HeaderList::add(std::string_view name, std::string_view value) {
  std::string line(name);
  line.append(": ").append(value);
  if (curl_slist* longer = curl_.slist_append(list_, line.c_str())) list_ = longer;
  explicit_bzero(line.data(), line.size());
}

void HeaderList::without(const char* name) {
  if (curl_slist* longer = curl_.slist_append(list_, (std::string(name) + ":").c_str())) list_ = longer;
}

CurlExchange::CurlExchange(const CurlLibrary& curl, const Authorities& authorities, const Request& request,
                           const Secret* body, std::string_view content_type)
    : curl_(curl),
      authorities_(authorities),
      request_(request),
      body_(body),
      headers_(curl),
      loopback_(is_loopback_host(host_of(request.url))) {
  for (const Header& header : request.headers) headers_.add(header.name, header.value.reveal());
  if (body != nullptr) headers_.add("content-type", content_type);
  headers_.without("Expect");
}

Result<void> CurlExchange::check() const {
  if (request_.url.rfind("https://", 0) == 0 || (loopback_ && request_.url.rfind("http://", 0) == 0)) return {};
  return fail(Error::Kind::refused, "only https is used");
}

bool CurlExchange::configure(CURL* handle) {
  handle_ = handle;
  set_rules();
  set_callbacks();
  set(CURLOPT_HTTPHEADER, headers_.get());
  if (body_ != nullptr) set_body();
  if (request_.tls != nullptr) set_certificates(*request_.tls);
  return configured_;
}

template <class Value>
void CurlExchange::set(CURLoption option, Value value) {
  if (curl_.easy_setopt(handle_, option, value) != CURLE_OK) configured_ = false;
}

void CurlExchange::set_rules() {
  const auto timeout = static_cast<long>(request_.timeout.count());
  set(CURLOPT_URL, request_.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, loopback_ ? "http,https" : "https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!authorities_.file.empty()) set(CURLOPT_CAINFO, authorities_.file.c_str());
  if (!authorities_.directory.empty()) set(CURLOPT_CAPATH, authorities_.directory.c_str());
  // No proxy, whatever the environment says: it would see where a token goes, and the
  // address check would look at the proxy's address.
  set(CURLOPT_PROXY, "");
  set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_NONE));
  set(CURLOPT_TIMEOUT_MS, timeout);
  set(CURLOPT_CONNECTTIMEOUT_MS, std::min(timeout, kLongestConnect));
  set(CURLOPT_NOSIGNAL, 1L);
  // Or giving a request up would wait for a name server that does not answer, and so would all others.
  set(CURLOPT_QUICK_EXIT, 1L);
  set(CURLOPT_USERAGENT, "overreach/" OVERREACH_VERSION);
}

/// Not copied. Connections are kept apart by these settings.
void CurlExchange::set_certificates(const TlsCertificates& tls) {
  const auto set_text = [&](CURLoption option, std::string_view text) {
    if (text.empty()) return;
    curl_blob blob{const_cast<char*>(text.data()), text.size(), CURL_BLOB_NOCOPY};
    set(option, &blob);
  };
  // Other authorities do not count where the server has one of its own.
  if (!tls.authority.empty()) set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  set_text(CURLOPT_CAINFO_BLOB, tls.authority);
  set_text(CURLOPT_SSLCERT_BLOB, tls.certificate);
  set_text(CURLOPT_SSLKEY_BLOB, tls.key.reveal());
}

void CurlExchange::set_callbacks() {
  set(CURLOPT_OPENSOCKETFUNCTION, &open_socket);
  set(CURLOPT_OPENSOCKETDATA, this);
  set(CURLOPT_PREREQFUNCTION, &before_request);
  set(CURLOPT_PREREQDATA, this);
  set(CURLOPT_WRITEFUNCTION, &take_body);
  set(CURLOPT_WRITEDATA, this);
  set(CURLOPT_HEADERFUNCTION, &take_header);
  set(CURLOPT_HEADERDATA, this);
}

void CurlExchange::set_body() {
  const std::string_view body = body_->reveal();
  set(CURLOPT_POST, 1L);
  set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  set(CURLOPT_POSTFIELDS, body.data());  // not copied
}

std::size_t CurlExchange::take_body(char* data, std::size_t size, std::size_t count, void* self) noexcept try {
  auto& exchange = *static_cast<CurlExchange*>(self);
  if (exchange.response_.body.size() + size * count > kLargestBody) {
    exchange.too_large_ = true;
    return 0;
  }
  exchange.response_.body.append(data, size * count);
  return size * count;
} catch (...) {  // out of memory: nothing may unwind through C
  return 0;
}

std::size_t CurlExchange::take_header(char* data, std::size_t size, std::size_t count, void* self) noexcept try {
  auto& exchange = *static_cast<CurlExchange*>(self);
  const std::string_view line(data, size * count);
  exchange.header_bytes_ += line.size();
  if (exchange.header_bytes_ > kLargestHeader) {
    exchange.too_large_ = true;
    return 0;
  }
  auto& headers = exchange.response_.headers;
  if (line.substr(0, 5) == "HTTP/") {
    headers.clear();  // an interim answer came before
    exchange.head_is_whole_ = false;
  }
  if (trimmed(line).empty()) exchange.head_is_whole_ = true;
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return line.size();
  std::string name(trimmed(line.substr(0, colon)));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  headers.emplace_back(std::move(name), trimmed(line.substr(colon + 1)));
  return line.size();
} catch (...) {
  return 0;
}

bool CurlExchange::may_reach(const sockaddr* address) const {
  if (loopback_) return is_loopback_address(address);
  return is_public_address(address) || (request_.reachable == Reachable::inside_too && is_internal_address(address));
}

curl_socket_t CurlExchange::open_socket(void* self, curlsocktype, curl_sockaddr* address) noexcept {
  auto& exchange = *static_cast<CurlExchange*>(self);
  if (!exchange.may_reach(&address->addr)) {
    exchange.refused_address_ = true;
    return CURL_SOCKET_BAD;
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

int CurlExchange::before_request(void* self, char* peer, char*, int, int) noexcept {
  auto& exchange = *static_cast<CurlExchange*>(self);
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST;
  addrinfo* found = nullptr;
  const bool known = peer != nullptr && getaddrinfo(peer, nullptr, &hints, &found) == 0;
  const bool allowed = known && exchange.may_reach(found->ai_addr);
  if (known) freeaddrinfo(found);
  if (!allowed) exchange.refused_address_ = true;
  return allowed ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

Result<Response> CurlExchange::finish(CURL* handle, CURLcode code) {
  if (code == CURLE_OK && !head_is_whole_) code = CURLE_PARTIAL_FILE;
  if (code != CURLE_OK) return failure(code);
  long status = 0;
  curl_.easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  response_.status = static_cast<int>(status);
  return std::move(response_);
}

/// In words of our own: libcurl's texts for a host could quote a URL.
Result<Response> CurlExchange::failure(CURLcode code) const {
  const std::string host = host_of(request_.url);
  if (too_large_) return fail(Error::Kind::limit, "sent an answer that is larger than 4 MiB, or headers over 64 KiB");
  if (refused_address_)
    return fail(Error::Kind::refused,
                "was not asked: " + host +
                    (request_.reachable == Reachable::inside_too ? " has a link-local or metadata address"
                                                                 : " has a private, loopback or metadata address"));
  if (code == CURLE_ABORTED_BY_CALLBACK) return fail(Error::Kind::limit, "gave no answer before the interruption");
  if (code == CURLE_OPERATION_TIMEDOUT)
    return fail(Error::Kind::network,
                "gave no answer within " + std::to_string(request_.timeout.count() / 1000) + " s");
  if (about_certificates(code))
    return fail(Error::Kind::network,
                "was not asked: the certificate of " + host + " is not trusted (" + curl_.easy_strerror(code) + ")");
  return fail(Error::Kind::network, "could not be reached at " + host + ": " + curl_.easy_strerror(code));
}

}  // namespace overreach
