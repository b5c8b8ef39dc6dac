#include "tests/probe/resolver.h"

#include <dlfcn.h>
#include <netdb.h>

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>

namespace overreach::testing {
namespace {

struct Answer {
  std::vector<std::string> addresses;
  unsigned asked = 0;
  bool hangs = false;
  bool gave_up = false;
};

// Threads of libcurl's resolver may outlive every test.
struct State {
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::string, Answer> hosts;
};
State& state() {
  static State* const forever = new State;
  return *forever;
}

using Resolve = int (*)(const char*, const char*, const addrinfo*, addrinfo**);

int of_system(const char* host, const char* service, const addrinfo* hints, addrinfo** out) {
  static const Resolve resolve = reinterpret_cast<Resolve>(dlsym(RTLD_NEXT, "getaddrinfo"));
  return resolve(host, service, hints, out);
}

int numeric(const std::vector<std::string>& addresses, const char* service, const addrinfo* hints, addrinfo** out) {
  addrinfo wanted{};
  if (hints != nullptr) wanted = *hints;
  wanted.ai_flags = AI_NUMERICHOST;
  wanted.ai_family = AF_UNSPEC;
  *out = nullptr;
  addrinfo** end = out;
  for (const std::string& address : addresses) {
    if (const int error = of_system(address.c_str(), service, &wanted, end); error != 0) return error;
    while (*end != nullptr) end = &(*end)->ai_next;
  }
  return 0;
}

}  // namespace

ResolvesTo::ResolvesTo(std::string host, std::vector<std::string> addresses) : host_(std::move(host)) {
  const std::lock_guard lock(state().mutex);
  state().hosts[host_].addresses = std::move(addresses);
}

ResolvesTo::~ResolvesTo() {
  const std::lock_guard lock(state().mutex);
  state().hosts.erase(host_);
}

unsigned ResolvesTo::asked() const {
  const std::lock_guard lock(state().mutex);
  return state().hosts[host_].asked;
}

NeverResolves::NeverResolves(std::string host) : host_(std::move(host)) {
  const std::lock_guard lock(state().mutex);
  state().hosts[host_].hangs = true;
}

NeverResolves::~NeverResolves() {
  const std::lock_guard lock(state().mutex);
  state().hosts.erase(host_);
  state().changed.notify_all();
}

bool NeverResolves::gave_up() const {
  const std::lock_guard lock(state().mutex);
  return state().hosts[host_].gave_up;
}

}  // namespace overreach::testing

extern "C" int getaddrinfo(const char* host, const char* service, const addrinfo* hints, addrinfo** out) {
  using namespace overreach::testing;
  std::unique_lock lock(state().mutex);
  const auto it = state().hosts.find(host == nullptr ? "" : host);
  if (it == state().hosts.end()) {
    lock.unlock();
    return of_system(host, service, hints, out);
  }
  ++it->second.asked;
  if (!it->second.hangs) return numeric(it->second.addresses, service, hints, out);
  const std::string name = it->first;
  const bool released =
      state().changed.wait_for(lock, std::chrono::seconds(20), [&] { return state().hosts.count(name) == 0; });
  if (!released) state().hosts[name].gave_up = true;
  return EAI_AGAIN;
}
