// Many conversations over libcurl, in one thread.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "detectors/probe/curl_exchange.h"
#include "detectors/probe/fiber.h"
#include "detectors/probe/transport.h"

namespace overreach {

/// Every conversation has a stack of its own (Fiber) and stops where it waits: for an answer, for its turn at a host,
/// for time to pass. Meanwhile the thread that called hold() drives libcurl and the other conversations.
///
/// At most 4 requests go to one host at a time, and only one to a host of which nothing was heard yet: the others then
/// find its address, and its connection if that carries several. At most 4 conversations begin at one host, and 128
/// are under way in all. A request without a conversation around it is one by itself.
class CurlTransport : public Transport {
 public:
  explicit CurlTransport(const CurlLibrary& curl);
  ~CurlTransport() override;
  CurlTransport(const CurlTransport&) = delete;
  CurlTransport& operator=(const CurlTransport&) = delete;

  Result<Response> get(const Request& request) override;
  Result<Response> query(const Request& request, std::string_view content_type, const Secret& body,
                         std::string_view why) override;
  void hold(const std::vector<std::string>& hosts, const std::function<void(std::size_t)>& talk) override;
  void pause(std::chrono::milliseconds time, const std::atomic<bool>* stop) override;

 private:
  using Clock = std::chrono::steady_clock;

  /// A request on its way.
  struct Errand {
    CurlExchange& exchange;
    Fiber& fiber;
    std::string host;
    CURL* handle = nullptr;        // while libcurl has it
    Clock::time_point deadline{};  // if libcurl should not keep its own
    Result<Response> answer;
    bool done = false;
  };
  struct Host {
    unsigned in_flight = 0;
    bool heard = false;
    std::deque<Errand*> waiting;
  };
  struct Sleeper {
    Fiber* fiber;
    Clock::time_point until;
    const std::atomic<bool>* stop;
  };
  class Queue;

  Result<Response> send(const Request& request, const Secret* body, std::string_view content_type);
  void run_fibers();
  void start_errands();
  void start(Errand& errand);
  void finish(Errand& errand, CURLcode code);
  void take_answers();
  void give_up();
  void wake();
  void wait() const;
  CURL* take_handle();

  const CurlLibrary& curl_;
  const Authorities authorities_;
  CURLM* multi_;
  std::vector<CURL*> idle_;
  Fiber* talking_ = nullptr;  // the conversation that runs right now
  std::deque<Fiber*> ready_;
  std::map<std::string, Host> hosts_;
  std::vector<Errand*> under_way_;
  std::vector<Sleeper> sleepers_;
};

}  // namespace overreach
