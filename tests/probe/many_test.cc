// Many conversations over the real transport.
#include <atomic>
#include <catch2/catch.hpp>
#include <map>
#include <mutex>
#include <thread>

#include "detectors/probe/probe.h"
#include "tests/support/rough_server.h"
#include "tests/support/scoped_environment.h"
#include "tests/support/temp_dir.h"

namespace overreach::testing {
namespace {

using std::chrono::milliseconds;

std::unique_ptr<Transport> network() {
  auto transport = open_network();
  REQUIRE(transport);
  return std::move(*transport);
}

Request request_to(const std::string& url, const std::atomic<bool>* stop = nullptr) {
  Request request;
  request.url = url;
  request.stop = stop;
  return request;
}

/// How many are inside right now, and were at most.
class Counter {
 public:
  void enter() {
    const int now = ++inside_;
    int most = most_;
    while (now > most && !most_.compare_exchange_weak(most, now)) {
    }
  }
  void leave() { --inside_; }
  int inside() const { return inside_; }
  int most() const { return most_; }

 private:
  std::atomic<int> inside_{0}, most_{0};
};

TEST_CASE("one host is asked four things at a time, the first alone, and all from the thread that asks", "[many]") {
  Counter counter;
  std::atomic<int> arrived{0};
  std::atomic<bool> first_alone{true};
  RoughServer server([&](RoughConnection& connection) {
    while (connection.request()) {
      counter.enter();
      if (++arrived == 1) {
        connection.wait(milliseconds(50));
        first_alone = arrived == 1;
      } else {
        // All four that may come, come; a fifth would be counted.
        for (int i = 0; i < 200 && counter.most() < 4; ++i) connection.wait(milliseconds(20));
        connection.wait(milliseconds(20));
      }
      counter.leave();
      connection.send(http_answer(200, "{}"));
    }
  });
  const auto transport = network();
  const std::thread::id here = std::this_thread::get_id();
  int answered = 0;
  bool elsewhere = false;
  transport->hold(std::vector<std::string>(21, "127.0.0.1"), [&](std::size_t) {
    answered += transport->get(request_to(server.url("127.0.0.1"))) ? 1 : 0;
    elsewhere |= std::this_thread::get_id() != here;
  });
  CHECK(answered == 21);
  CHECK(first_alone);
  CHECK(counter.most() == 4);
  CHECK(server.connections() <= 4);
  CHECK(!elsewhere);
}

TEST_CASE("four at a time holds for a host that conversations come to from elsewhere", "[many]") {
  Counter counter;
  RoughServer server([&](RoughConnection& connection) {
    while (connection.request()) {
      counter.enter();
      connection.wait(milliseconds(20));
      counter.leave();
      connection.send(http_answer(200, "{}"));
    }
  });
  const auto transport = network();
  std::vector<std::string> hosts;
  for (int i = 0; i < 30; ++i) hosts.push_back("h" + std::to_string(i));
  int answered = 0;
  transport->hold(hosts, [&](std::size_t) { answered += transport->get(request_to(server.url("127.0.0.1"))) ? 1 : 0; });
  CHECK(answered == 30);
  CHECK(counter.most() <= 4);
}

TEST_CASE("a host that does not answer keeps nobody waiting but its own", "[many]") {
  std::atomic<int> quick{0};
  std::atomic<int> too_early{0};
  RoughServer slow([&](RoughConnection& connection) {
    while (connection.request()) {
      for (int i = 0; i < 500 && quick < 3; ++i) connection.wait(milliseconds(20));
      too_early += quick < 3 ? 1 : 0;
      connection.send(http_answer(200, "{}"));
    }
  });
  RoughServer other(
      [&](RoughConnection& connection) {
        while (connection.request()) {
          connection.send(http_answer(200, "{}"));
          ++quick;
        }
      },
      nullptr, "127.0.0.2");
  const auto transport = network();
  std::vector<std::string> hosts(200, "127.0.0.1");
  hosts.insert(hosts.end(), 3, "127.0.0.2");
  int answered = 0;
  transport->hold(hosts, [&](std::size_t i) {
    answered += transport->get(request_to(i < 200 ? slow.url("127.0.0.1") : other.url("127.0.0.2"))) ? 1 : 0;
  });
  CHECK(answered == 203);
  CHECK(too_early == 0);
}

TEST_CASE("a conversation that waits lets others go on, and 128 are under way at most", "[many]") {
  const auto transport = network();
  Counter counter;
  std::vector<std::string> hosts;
  for (int i = 0; i < 2'000; ++i) hosts.push_back("h" + std::to_string(i));
  std::size_t last_of_first = 0;
  std::size_t done = 0;
  transport->hold(hosts, [&](std::size_t i) {
    counter.enter();
    // The first waits for as long as any other has not ended.
    if (i == 0)
      for (int n = 0; n < 60'000 && done < 1'999; ++n) transport->pause(milliseconds(1), nullptr);
    else
      transport->pause(milliseconds(0), nullptr);
    if (i == 0) last_of_first = done;
    ++done;
    counter.leave();
  });
  CHECK(done == 2'000);
  CHECK(last_of_first == 1'999);
  CHECK(counter.most() == 128);
}

TEST_CASE("an interruption ends requests, waits and queues", "[many]") {
  std::atomic<bool> stop{false};
  RoughServer silent([&](RoughConnection& connection) {
    while (connection.request()) {
      stop = true;
      connection.wait(std::chrono::seconds(60));
    }
  });
  const auto transport = network();
  std::vector<std::string> errors;
  transport->hold(std::vector<std::string>(12, "127.0.0.1"), [&](std::size_t i) {
    if (i == 1) transport->pause(std::chrono::seconds(60), &stop);
    const auto answer = transport->get(request_to(silent.url("127.0.0.1"), &stop));
    errors.push_back(answer ? "answered" : answer.error().message);
  });
  CHECK(errors == std::vector<std::string>(12, "gave no answer before the interruption"));
}

TEST_CASE("a connection that was cut while nobody used it is opened anew", "[many]") {
  const TestAuthority authority;
  for (const bool tls : {false, true}) {
    INFO("tls " << tls);
    const TempDir directory;
    const std::filesystem::path bundle = directory.path() / "authority.pem";
    authority.write(bundle);
    const ScopedEnvironment environment(trusting(bundle));
    RoughServer server(
        [](RoughConnection& connection) {
          if (connection.request()) connection.send(http_answer(200, "{}"));
        },
        tls ? authority.issue({"DNS:localhost"}) : nullptr);
    const auto transport = network();
    for (int i = 0; i < 5; ++i) {
      const auto answer = transport->get(request_to(server.url("localhost")));
      INFO((answer ? "answered" : answer.error().message));
      CHECK(answer);
    }
    CHECK(server.connections() == 5);
  }
}

}  // namespace
}  // namespace overreach::testing
