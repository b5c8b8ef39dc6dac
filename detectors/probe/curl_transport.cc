// The only file that talks to the network.
//
// Each rule of detectors/probe/README.md that a library option can enforce is one line of
// configure(). Addresses are checked after name resolution, in the callback that opens the
// socket, so a public name that resolves to a private address gets no connection.
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <mutex>

#include "detectors/probe/address.h"
#include "detectors/probe/curl_library.h"
#include "detectors/probe/probe.h"
#include "detectors/probe/target.h"

namespace overreach {
namespace {

constexpr std::size_t kLargestBody = std::size_t{4} << 20U;
constexpr std::size_t kLargestHeader = std::size_t{64} << 10U;
constexpr long kLongestConnect = 5'000;  // milliseconds

/// What the callbacks of one request share.
struct Exchange {
  CURL* handle = nullptr;
  Response response;
  std::size_t header_bytes = 0;
  bool loopback = false;  // the URL names a loopback host: only such addresses, else only public ones
  bool too_large = false;
  bool refused_address = false;
  bool configured = true;
};

std::size_t take_body(char* data, std::size_t size, std::size_t count, void* user) noexcept try {
  auto& exchange = *static_cast<Exchange*>(user);
  if (exchange.response.body.size() + size * count > kLargestBody) {
    exchange.too_large = true;
    return 0;
  }
  exchange.response.body.append(data, size * count);
  return size * count;
} catch (...) {  // out of memory: nothing may unwind through C
  return 0;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.remove_suffix(1);
  return text;
}

std::size_t take_header(char* data, std::size_t size, std::size_t count, void* user) noexcept try {
  auto& exchange = *static_cast<Exchange*>(user);
  const std::string_view line(data, size * count);
  exchange.header_bytes += line.size();
  if (exchange.header_bytes > kLargestHeader) {
    exchange.too_large = true;
    return 0;
  }
  if (line.substr(0, 5) == "HTTP/") exchange.response.headers.clear();  // an interim answer came before
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return line.size();
  std::string name(trimmed(line.substr(0, colon)));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  exchange.response.headers.emplace_back(std::move(name), trimmed(line.substr(colon + 1)));
  return line.size();
} catch (...) {
  return 0;
}

curl_socket_t open_socket(void* user, curlsocktype, curl_sockaddr* address) noexcept {
  auto& exchange = *static_cast<Exchange*>(user);
  const bool allowed = exchange.loopback ? is_loopback_address(&address->addr) : is_public_address(&address->addr);
  if (!allowed) {
    exchange.refused_address = true;
    return CURL_SOCKET_BAD;
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/// Called by curl about once a second, and whenever something happens. Not 0: give up.
int has_stopped(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept {
  return *static_cast<const std::atomic<bool>*>(stop) ? 1 : 0;
}

/// curl copies header lines; the copies are overwritten before they are freed.
class HeaderList {
 public:
  explicit HeaderList(const CurlLibrary& curl) : curl_(curl) {}
  ~HeaderList() {
    for (curl_slist* line = list_; line != nullptr; line = line->next)
      explicit_bzero(line->data, std::strlen(line->data));
    curl_.slist_free_all(list_);
  }
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;

  void add(std::string_view name, std::string_view value) {
    std::string line(name);
    line.append(": ").append(value);
    if (curl_slist* longer = curl_.slist_append(list_, line.c_str())) list_ = longer;
    explicit_bzero(line.data(), line.size());
  }
  /// Keeps curl from sending a header of its own.
  void without(const char* name) {
    if (curl_slist* longer = curl_.slist_append(list_, (std::string(name) + ":").c_str())) list_ = longer;
  }
  curl_slist* get() const { return list_; }

 private:
  const CurlLibrary& curl_;
  curl_slist* list_ = nullptr;
};

class CurlTransport : public Transport {
 public:
  explicit CurlTransport(const CurlLibrary& curl) : curl_(curl) {}
  ~CurlTransport() override {
    for (CURL* handle : idle_) curl_.easy_cleanup(handle);
  }

  Result<Response> get(const Request& request) override { return send(request, nullptr, {}); }

  Result<Response> query(const Request& request, std::string_view content_type, const Secret& body,
                         std::string_view why) override {
    if (why.empty()) return fail(Error::Kind::refused, "a POST without a reason is not sent");
    return send(request, &body, content_type);
  }

 private:
  Result<Response> send(const Request& request, const Secret* body, std::string_view content_type) {
    Exchange exchange;
    exchange.loopback = is_loopback_host(host_of(request.url));
    if (request.url.rfind("https://", 0) != 0 && !(exchange.loopback && request.url.rfind("http://", 0) == 0))
      return fail(Error::Kind::refused, "only https is used");
    exchange.handle = take_handle();
    if (exchange.handle == nullptr) return fail(Error::Kind::limit, "libcurl cannot make a request");
    HeaderList headers(curl_);
    for (const Header& header : request.headers) headers.add(header.name, header.value.reveal());
    if (body != nullptr) headers.add("content-type", content_type);
    headers.without("Expect");
    configure(request, exchange);
    set(exchange, CURLOPT_HTTPHEADER, headers.get());
    if (body != nullptr) set_body(exchange, body->reveal());
    const CURLcode code = exchange.configured ? curl_.easy_perform(exchange.handle) : CURLE_UNKNOWN_OPTION;
    long status = 0;
    curl_.easy_getinfo(exchange.handle, CURLINFO_RESPONSE_CODE, &status);
    give_back(exchange.handle);
    if (code != CURLE_OK) return failure(code, exchange, request);
    exchange.response.status = static_cast<int>(status);
    return std::move(exchange.response);
  }

  /// An option that could not be set would silently weaken a rule.
  template <class Value>
  void set(Exchange& exchange, CURLoption option, Value value) const {
    if (curl_.easy_setopt(exchange.handle, option, value) != CURLE_OK) exchange.configured = false;
  }

  void configure(const Request& request, Exchange& exchange) const {
    const auto timeout = static_cast<long>(request.timeout.count());
    set(exchange, CURLOPT_URL, request.url.c_str());
    set(exchange, CURLOPT_PROTOCOLS_STR, exchange.loopback ? "http,https" : "https");
    set(exchange, CURLOPT_FOLLOWLOCATION, 0L);
    set(exchange, CURLOPT_SSL_VERIFYPEER, 1L);
    set(exchange, CURLOPT_SSL_VERIFYHOST, 2L);
    set(exchange, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    // No proxy, whatever the environment says: it would see where a token goes, and the
    // address check would look at the proxy's address.
    set(exchange, CURLOPT_PROXY, "");
    set(exchange, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    set(exchange, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_NONE));
    set(exchange, CURLOPT_TIMEOUT_MS, timeout);
    set(exchange, CURLOPT_CONNECTTIMEOUT_MS, std::min(timeout, kLongestConnect));
    set(exchange, CURLOPT_NOSIGNAL, 1L);
    set(exchange, CURLOPT_USERAGENT, "overreach/" OVERREACH_VERSION);
    set(exchange, CURLOPT_OPENSOCKETFUNCTION, &open_socket);
    set(exchange, CURLOPT_OPENSOCKETDATA, &exchange);
    if (request.stop != nullptr) {
      set(exchange, CURLOPT_NOPROGRESS, 0L);
      set(exchange, CURLOPT_XFERINFOFUNCTION, &has_stopped);
      set(exchange, CURLOPT_XFERINFODATA, request.stop);
    }
    set(exchange, CURLOPT_WRITEFUNCTION, &take_body);
    set(exchange, CURLOPT_WRITEDATA, &exchange);
    set(exchange, CURLOPT_HEADERFUNCTION, &take_header);
    set(exchange, CURLOPT_HEADERDATA, &exchange);
  }

  void set_body(Exchange& exchange, std::string_view body) const {
    set(exchange, CURLOPT_POST, 1L);
    set(exchange, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    set(exchange, CURLOPT_POSTFIELDS, body.data());  // not copied; outlives easy_perform
  }

  /// In words of our own: libcurl's texts for a host could quote a URL.
  Result<Response> failure(CURLcode code, const Exchange& exchange, const Request& request) const {
    const std::string host = host_of(request.url);
    if (exchange.too_large) return fail(Error::Kind::limit, "sent an answer that is larger than 4 MiB");
    if (exchange.refused_address)
      return fail(Error::Kind::refused, "was not asked: " + host + " has a private, loopback or metadata address");
    if (code == CURLE_ABORTED_BY_CALLBACK) return fail(Error::Kind::limit, "gave no answer before the interruption");
    if (code == CURLE_OPERATION_TIMEDOUT)
      return fail(Error::Kind::network,
                  "gave no answer within " + std::to_string(request.timeout.count() / 1000) + " s");
    return fail(Error::Kind::network, "could not be reached at " + host + ": " + curl_.easy_strerror(code));
  }

  // Handles keep their connections, so the second request of a token needs no new handshake.
  CURL* take_handle() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return curl_.easy_init();
    CURL* handle = idle_.back();
    idle_.pop_back();
    return handle;
  }

  void give_back(CURL* handle) {
    curl_.easy_reset(handle);  // forgets headers and bodies, keeps connections
    const std::lock_guard lock(mutex_);
    idle_.push_back(handle);
  }

  const CurlLibrary& curl_;
  std::mutex mutex_;
  std::vector<CURL*> idle_;
};

}  // namespace

Result<std::unique_ptr<Transport>> open_network() {
  const auto curl = curl_library();
  if (!curl) return tl::unexpected<Error>(curl.error());
  return std::make_unique<CurlTransport>(**curl);
}

}  // namespace overreach
