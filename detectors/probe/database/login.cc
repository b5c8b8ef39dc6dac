#include "detectors/probe/database/login.h"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <memory>
#include <vector>

#include "detectors/identify/encoding.h"
#include "detectors/probe/address.h"
#include "detectors/probe/target.h"

namespace overreach {
namespace {

std::string beside(const Token& token, std::string_view role) {
  const Companion* companion = token.companion(role);
  return companion == nullptr ? std::string() : percent_decode(companion->value.reveal());
}

bool is_host_name(const std::string& host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_';
  });
}

/// A lookup that is given up leaves its question with the C library, which writes to it when it is done.
struct Lookup {
  std::string host, port;
  addrinfo hints{};
  gaicb request{};
};

class Addresses {
 public:
  explicit Addresses(addrinfo* list) : list_(list) {}
  ~Addresses() {
    if (list_ != nullptr) freeaddrinfo(list_);
  }
  Addresses(Addresses&& other) noexcept : list_(std::exchange(other.list_, nullptr)) {}
  Addresses(const Addresses&) = delete;
  Addresses& operator=(const Addresses&) = delete;
  Addresses& operator=(Addresses&&) = delete;
  const addrinfo* first() const { return list_; }

 private:
  addrinfo* list_;
};

Result<Addresses> resolve(const DatabaseLogin& login, const Patience& patience) {
  auto lookup = std::make_unique<Lookup>();
  lookup->host = login.host;
  lookup->port = std::to_string(login.port);
  lookup->hints.ai_socktype = SOCK_STREAM;
  lookup->request.ar_name = lookup->host.c_str();
  lookup->request.ar_service = lookup->port.c_str();
  lookup->request.ar_request = &lookup->hints;
  gaicb* requests[] = {&lookup->request};
  if (getaddrinfo_a(GAI_NOWAIT, requests, 1, nullptr) != 0)
    return fail(Error::Kind::network, "could not be found: no name can be looked up");
  while (gai_error(requests[0]) == EAI_INPROGRESS) {
    const timespec time{.tv_sec = 0, .tv_nsec = patience.slice().count() * 1'000'000};
    if (patience.stopped() || time.tv_nsec == 0) {
      if (gai_cancel(requests[0]) == EAI_NOTCANCELED) lookup.release();  // still being written to
      return tl::unexpected<Error>(patience.error());
    }
    gai_suspend(requests, 1, &time);
  }
  if (gai_error(requests[0]) != 0) return fail(Error::Kind::network, "could not be found: the name has no address");
  return Addresses(lookup->request.ar_result);
}

std::string numeric_of(const addrinfo& info) {
  char text[NI_MAXHOST] = {};
  getnameinfo(info.ai_addr, info.ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST);
  return text;
}

/// Whether something accepts connections there.
bool answers(const addrinfo& info, const Patience& patience) {
  const int fd = socket(info.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, info.ai_protocol);
  if (fd < 0) return false;
  bool connected = connect(fd, info.ai_addr, info.ai_addrlen) == 0;
  if (!connected && errno == EINPROGRESS && patience.wait_for(fd, POLLOUT)) {
    int error = 0;
    socklen_t size = sizeof error;
    connected = getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
  }
  close(fd);
  return connected;
}

}  // namespace

Result<DatabaseLogin> login_of(const Token& token, const Provider& provider, const ProbeOptions& options) {
  DatabaseLogin login;
  login.host = beside(token, "host");
  login.port = provider.probe.port;
  if (!is_host_name(login.host))
    return fail(Error::Kind::refused, login.host.empty() ? "no host stands beside the password"
                                                         : "the host beside the password is not a host name");
  if (const std::string port = beside(token, "port"); !port.empty()) {
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), login.port);
    if (error != std::errc() || *end != '\0' || login.port == 0 || login.port > 65'535)
      return fail(Error::Kind::refused, "the port beside the password is no port");
  }
  if (!options.databases) return fail(Error::Kind::refused, "databases are only asked with --probe-db");
  if (!host_declared(options, login.host))
    return fail(Error::Kind::refused, "host not declared; pass --probe-host " + login.host);
  login.user = beside(token, "user");
  login.database = beside(token, "database");
  login.scheme = beside(token, "scheme");
  login.auth_source = beside(token, "auth_source");
  login.password = Secret(percent_decode(token.secret.reveal()));
  return login;
}

Result<DatabaseAddress> find_address(const DatabaseLogin& login, const Patience& patience) {
  const auto addresses = resolve(login, patience);
  if (!addresses) return tl::unexpected<Error>(addresses.error());
  bool refused = false;
  for (const addrinfo* info = addresses->first(); info != nullptr; info = info->ai_next) {
    const bool allowed = is_public_address(info->ai_addr) || is_internal_address(info->ai_addr);
    refused = refused || !allowed;
    if (allowed && answers(*info, patience))
      return DatabaseAddress{.numeric = numeric_of(*info), .loopback = is_loopback_address(info->ai_addr)};
    if (patience.stopped() || patience.slice().count() == 0) return tl::unexpected<Error>(patience.error());
  }
  if (refused) return fail(Error::Kind::refused, "was not asked: its host has a link-local or metadata address");
  return fail(Error::Kind::network, "could not be reached: nothing accepts connections there");
}

}  // namespace overreach
