#include "tests/support/rough_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <csignal>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

namespace overreach::testing {
namespace {

using Tls = Handle<SSL, SSL_free>;

/// The length that the head of a request announces for its body.
std::size_t body_length(std::string_view head) {
  constexpr std::string_view kName = "\r\ncontent-length: ";
  const auto it = std::search(head.begin(), head.end(), kName.begin(), kName.end(),
                              [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; });
  return it == head.end() ? 0 : std::stoul(std::string(it + kName.size(), head.end()));
}

}  // namespace

struct RoughServer::Impl {
  Script script;
  TlsIdentity identity;
  int listener = -1;
  int port = 0;
  std::atomic<bool> closing{false};
  std::atomic<unsigned> failed_handshakes{0};
  mutable std::mutex mutex;
  std::set<int> open;
  std::vector<std::string> requests;
  std::vector<std::thread> threads;  // the first accepts

  void listen_on(const std::string& address);
  void accept_all();
  void serve(int socket);
};

namespace {

class Connection : public RoughConnection {
 public:
  Connection(int socket, SSL* tls, const std::atomic<bool>& closing, std::function<void(const std::string&)> seen)
      : socket_(socket), tls_(tls), closing_(closing), seen_(std::move(seen)) {}

  std::optional<std::string> request() override {
    for (;;) {
      const std::size_t end = buffer_.find("\r\n\r\n");
      if (end != std::string::npos) {
        const std::size_t all = end + 4 + body_length(std::string_view(buffer_).substr(0, end + 2));
        if (buffer_.size() >= all) {
          std::string request = buffer_.substr(0, all);
          buffer_.erase(0, all);
          seen_(request);
          return request;
        }
      }
      if (!read_more()) return std::nullopt;
    }
  }

  std::optional<std::string> bytes(std::size_t count) override {
    while (buffer_.size() < count)
      if (!read_more()) return std::nullopt;
    std::string out = buffer_.substr(0, count);
    buffer_.erase(0, count);
    return out;
  }

  bool send(std::string_view bytes) override {
    while (!bytes.empty()) {
      const auto sent = tls_ != nullptr ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                                        : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0 || closing_) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  bool wait(std::chrono::milliseconds time) override {
    const auto until = std::chrono::steady_clock::now() + time;
    while (!closing_ && std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(
          std::min<std::chrono::nanoseconds>(until - std::chrono::steady_clock::now(), std::chrono::milliseconds(20)));
    return !closing_;
  }

 private:
  bool read_more() {
    char bytes[4096];
    const auto got = tls_ != nullptr ? SSL_read(tls_, bytes, sizeof bytes) : recv(socket_, bytes, sizeof bytes, 0);
    if (got <= 0 || closing_) return false;
    buffer_.append(bytes, static_cast<std::size_t>(got));
    return true;
  }

  int socket_;
  SSL* tls_;
  const std::atomic<bool>& closing_;
  std::function<void(const std::string&)> seen_;
  std::string buffer_;
};

}  // namespace

void RoughServer::Impl::listen_on(const std::string& address) {
  listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in place{};
  place.sin_family = AF_INET;
  inet_pton(AF_INET, address.c_str(), &place.sin_addr);
  socklen_t size = sizeof place;
  if (listener < 0 || bind(listener, reinterpret_cast<sockaddr*>(&place), size) != 0 || listen(listener, 128) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&place), &size) != 0)
    throw std::runtime_error("the rough server found no free port on " + address);
  port = ntohs(place.sin_port);
}

void RoughServer::Impl::accept_all() {
  while (!closing) {
    const int socket = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) continue;
    const std::lock_guard lock(mutex);
    open.insert(socket);
    threads.emplace_back([this, socket] { serve(socket); });
  }
}

void RoughServer::Impl::serve(int socket) {
  const Tls tls(identity == nullptr ? nullptr : SSL_new(identity.get()));
  if (tls != nullptr) SSL_set_fd(tls.get(), socket);
  if (tls != nullptr && SSL_accept(tls.get()) != 1) {
    ++failed_handshakes;
  } else {
    Connection connection(socket, tls.get(), closing, [this](const std::string& request) {
      const std::lock_guard lock(mutex);
      requests.push_back(request);
    });
    script(connection);
    if (tls != nullptr) SSL_shutdown(tls.get());
  }
  const std::lock_guard lock(mutex);
  open.erase(socket);
  close(socket);
}

RoughServer::RoughServer(Script script, TlsIdentity identity, const std::string& address)
    : impl_(std::make_unique<Impl>()) {
  std::signal(SIGPIPE, SIG_IGN);
  impl_->script = std::move(script);
  impl_->identity = std::move(identity);
  impl_->listen_on(address);
  const std::lock_guard lock(impl_->mutex);
  impl_->threads.emplace_back([impl = impl_.get()] { impl->accept_all(); });
}

RoughServer::~RoughServer() {
  impl_->closing = true;
  shutdown(impl_->listener, SHUT_RDWR);
  std::thread accepting;
  {
    const std::lock_guard lock(impl_->mutex);
    accepting = std::move(impl_->threads.front());
  }
  accepting.join();
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(impl_->mutex);
    for (const int socket : impl_->open) shutdown(socket, SHUT_RDWR);
    threads = std::move(impl_->threads);
  }
  for (std::thread& thread : threads)
    if (thread.joinable()) thread.join();
  close(impl_->listener);
}

int RoughServer::port() const { return impl_->port; }

std::string RoughServer::url(const std::string& host) const {
  return (impl_->identity == nullptr ? "http://" : "https://") + host + ":" + std::to_string(impl_->port);
}

std::vector<std::string> RoughServer::requests() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->requests;
}

unsigned RoughServer::failed_handshakes() const { return impl_->failed_handshakes; }

unsigned RoughServer::connections() const {
  const std::lock_guard lock(impl_->mutex);
  return static_cast<unsigned>(impl_->threads.size()) - 1;
}

std::string http_answer(int status, std::string_view body, std::string_view headers) {
  std::string out = "HTTP/1.1 " + std::to_string(status) + " Scripted\r\n";
  out.append(headers);
  out.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n\r\n").append(body);
  return out;
}

RoughServer::Script always(std::string answer) {
  return [answer = std::move(answer)](RoughConnection& connection) {
    while (connection.request() && connection.send(answer)) {
    }
  };
}

}  // namespace overreach::testing
