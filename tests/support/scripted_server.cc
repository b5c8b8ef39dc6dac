#include "tests/support/scripted_server.h"

#include <httplib.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace overreach::testing {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

ScriptedRequest recorded(const httplib::Request& request) {
  ScriptedRequest out{.method = request.method, .path = request.target, .headers = {}, .body = request.body};
  for (const auto& [name, value] : request.headers) out.headers[lower(name)] = value;
  return out;
}

}  // namespace

struct ScriptedServer::Impl {
  httplib::Server server;
  Handler handler;
  std::thread thread;
  int port = 0;
  std::atomic<bool> closing{false};
  mutable std::mutex mutex;
  std::vector<ScriptedRequest> requests;

  void answer(const httplib::Request& request, httplib::Response& response) {
    const ScriptedRequest seen = recorded(request);
    {
      const std::lock_guard lock(mutex);
      requests.push_back(seen);
    }
    const ScriptedAnswer scripted = handler(seen);
    wait(scripted.delay);
    response.status = scripted.status;
    for (const auto& [name, value] : scripted.headers) response.set_header(name, value);
    response.set_content(scripted.body, scripted.content_type);
  }

  // In small steps, so that a test does not have to sit out a delay that nobody waits for any more.
  void wait(std::chrono::milliseconds delay) const {
    const auto until = std::chrono::steady_clock::now() + delay;
    while (!closing && std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(std::min(delay, std::chrono::milliseconds(10)));
  }
};

std::string ScriptedRequest::header(const std::string& name) const {
  const auto it = headers.find(name);
  return it == headers.end() ? std::string() : it->second;
}

ScriptedServer::ScriptedServer(Handler handler) : impl_(std::make_unique<Impl>()) {
  Impl& impl = *impl_;
  impl.handler = std::move(handler);
  const auto answer = [&impl](const httplib::Request& q, httplib::Response& a) { impl.answer(q, a); };
  impl.server.Get(".*", answer).Post(".*", answer).Put(".*", answer).Patch(".*", answer).Delete(".*", answer);
  impl.server.Options(".*", answer);
  impl.port = impl.server.bind_to_any_port("127.0.0.1");
  if (impl.port < 0) throw std::runtime_error("the scripted server found no free loopback port");
  impl.thread = std::thread([&impl] { impl.server.listen_after_bind(); });
  while (!impl.server.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

ScriptedServer::~ScriptedServer() {
  impl_->closing = true;
  impl_->server.stop();
  impl_->thread.join();
}

std::string ScriptedServer::url() const { return "http://127.0.0.1:" + std::to_string(impl_->port); }
int ScriptedServer::port() const { return impl_->port; }

std::vector<ScriptedRequest> ScriptedServer::requests() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->requests;
}

}  // namespace overreach::testing
