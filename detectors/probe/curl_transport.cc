// The loop that drives conversations and libcurl.
#include "detectors/probe/curl_transport.h"

#include <algorithm>
#include <cassert>
#include <new>
#include <optional>
#include <utility>

#include "detectors/probe/probe.h"

namespace overreach {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMostConversations = 128;
constexpr unsigned kMostAtOneHost = 4;
constexpr milliseconds kLongestPoll{100};  // so that an interruption is noticed
constexpr milliseconds kGrace{1'000};      // libcurl's own time is up before ours

bool set_by(const std::atomic<bool>* flag) { return flag != nullptr && *flag; }

}  // namespace

/// Conversations that have not begun, by the host they begin at. Each host has its turn.
class CurlTransport::Queue {
 public:
  explicit Queue(const std::vector<std::string>& hosts) : left_(hosts.size()) {
    std::map<std::string, std::size_t> known;
    for (std::size_t i = 0; i < hosts.size(); ++i) {
      const auto [it, is_new] = known.try_emplace(hosts[i], lanes_.size());
      if (is_new) lanes_.emplace_back();
      lanes_[it->second].waiting.push_back(i);
    }
  }

  bool empty() const { return left_ == 0; }

  struct Next {
    std::size_t conversation;
    std::size_t lane;
  };

  /// Nothing: every host that has some left has enough to do.
  std::optional<Next> take() {
    for (std::size_t tried = 0; tried < lanes_.size(); ++tried) {
      const std::size_t at = turn_++ % lanes_.size();
      Lane& lane = lanes_[at];
      if (lane.waiting.empty() || lane.running == kMostAtOneHost) continue;
      const std::size_t conversation = lane.waiting.front();
      lane.waiting.pop_front();
      ++lane.running;
      --left_;
      return Next{conversation, at};
    }
    return std::nullopt;
  }

  void ended(std::size_t lane) { --lanes_[lane].running; }

  void put_back(Next next) {
    lanes_[next.lane].waiting.push_front(next.conversation);
    ended(next.lane);
    ++left_;
  }

 private:
  struct Lane {
    std::deque<std::size_t> waiting;
    unsigned running = 0;
  };
  std::vector<Lane> lanes_;
  std::size_t left_;
  std::size_t turn_ = 0;
};

CurlTransport::CurlTransport(const CurlLibrary& curl)
    : curl_(curl), authorities_(authorities_of_environment()), multi_(curl.multi_init()) {
  if (multi_ == nullptr) throw std::bad_alloc();
  curl_.multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(kMostConversations));
}

CurlTransport::~CurlTransport() {
  for (CURL* handle : idle_) curl_.easy_cleanup(handle);
  curl_.multi_cleanup(multi_);
}

Result<Response> CurlTransport::get(const Request& request) { return send(request, nullptr, {}); }

Result<Response> CurlTransport::query(const Request& request, std::string_view content_type, const Secret& body,
                                      std::string_view why) {
  if (why.empty()) return fail(Error::Kind::refused, "a POST without a reason is not sent");
  return send(request, &body, content_type);
}

Result<Response> CurlTransport::send(const Request& request, const Secret* body, std::string_view content_type) {
  CurlExchange exchange(curl_, authorities_, request, body, content_type);
  if (const auto sound = exchange.check(); !sound) return tl::unexpected<Error>(sound.error());
  Result<Response> answer = Response();
  const auto talk = [&](std::size_t) {
    Errand errand{.exchange = exchange, .fiber = *talking_, .host = host_of(request.url), .answer = Response()};
    hosts_[errand.host].waiting.push_back(&errand);
    while (!errand.done) errand.fiber.pause();
    answer = std::move(errand.answer);
  };
  if (talking_ != nullptr)
    talk(0);
  else
    hold({host_of(request.url)}, talk);
  return answer;
}

void CurlTransport::pause(milliseconds time, const std::atomic<bool>* stop) {
  if (talking_ == nullptr) return hold({""}, [&](std::size_t) { pause(time, stop); });
  Fiber& fiber = *talking_;
  sleepers_.push_back({&fiber, Clock::now() + time, stop});
  fiber.pause();
}

void CurlTransport::hold(const std::vector<std::string>& hosts, const std::function<void(std::size_t)>& talk) {
  assert(talking_ == nullptr);  // a conversation holds no others
  Queue queue(hosts);
  std::vector<std::unique_ptr<Fiber>> fibers;
  // A stack that has become free goes to the next conversation that may begin.
  const auto converse = [&](Queue::Next next) {
    for (std::optional<Queue::Next> mine = next; mine; mine = queue.take()) {
      talk(mine->conversation);
      queue.ended(mine->lane);
    }
  };
  const auto begin = [&] {
    const auto next = fibers.size() < kMostConversations ? queue.take() : std::nullopt;
    if (!next) return false;
    try {
      fibers.push_back(std::make_unique<Fiber>([&converse, next] { converse(*next); }));
    } catch (const std::bad_alloc&) {
      if (fibers.empty()) throw;
      queue.put_back(*next);  // fewer at a time will do
      return false;
    }
    ready_.push_back(fibers.back().get());
    return true;
  };
  while (!queue.empty() || !fibers.empty()) {
    while (begin()) {
    }
    run_fibers();
    std::erase_if(fibers, [](const auto& fiber) { return fiber->finished(); });
    start_errands();
    if (under_way_.empty() && sleepers_.empty()) continue;
    wait();
    take_answers();
    give_up();
    wake();
  }
}

void CurlTransport::run_fibers() {
  while (!ready_.empty()) {
    talking_ = ready_.front();
    ready_.pop_front();
    talking_->resume();
  }
  talking_ = nullptr;
}

/// Hands to libcurl what may go now.
void CurlTransport::start_errands() {
  for (auto& [name, host] : hosts_)
    while (!host.waiting.empty() && host.in_flight < (host.heard ? kMostAtOneHost : 1)) {
      Errand& errand = *host.waiting.front();
      host.waiting.pop_front();
      ++host.in_flight;
      under_way_.push_back(&errand);
      start(errand);
    }
}

void CurlTransport::start(Errand& errand) {
  const Request& request = errand.exchange.request();
  errand.deadline = Clock::now() + request.timeout + kGrace;
  if (set_by(request.stop)) return finish(errand, CURLE_ABORTED_BY_CALLBACK);
  errand.handle = take_handle();
  if (errand.handle == nullptr) return finish(errand, CURLE_OUT_OF_MEMORY);
  if (!errand.exchange.configure(errand.handle)) return finish(errand, CURLE_UNKNOWN_OPTION);
  if (curl_.multi_add_handle(multi_, errand.handle) != CURLM_OK) return finish(errand, CURLE_FAILED_INIT);
}

/// Ends one request, whatever became of it; its conversation goes on.
void CurlTransport::finish(Errand& errand, CURLcode code) {
  errand.answer = errand.exchange.finish(errand.handle, code);
  if (errand.handle != nullptr) {
    curl_.multi_remove_handle(multi_, errand.handle);
    curl_.easy_reset(errand.handle);  // forgets headers and bodies; connections belong to the loop
    idle_.push_back(errand.handle);
    errand.handle = nullptr;
  }
  errand.done = true;
  Host& host = hosts_[errand.host];
  --host.in_flight;
  host.heard = true;
  std::erase(under_way_, &errand);
  ready_.push_back(&errand.fiber);
}

void CurlTransport::take_answers() {
  int running = 0;
  curl_.multi_perform(multi_, &running);
  int left = 0;
  while (const CURLMsg* message = curl_.multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const auto it = std::find_if(under_way_.begin(), under_way_.end(),
                                 [&](const Errand* errand) { return errand->handle == message->easy_handle; });
    if (it != under_way_.end()) finish(**it, message->data.result);  // the message is gone after this
  }
}

/// Requests that nobody wants any more, or that libcurl keeps for too long.
void CurlTransport::give_up() {
  const auto now = Clock::now();
  const std::vector<Errand*> errands = under_way_;
  for (Errand* errand : errands) {
    if (set_by(errand->exchange.request().stop))
      finish(*errand, CURLE_ABORTED_BY_CALLBACK);
    else if (now >= errand->deadline)
      finish(*errand, CURLE_OPERATION_TIMEDOUT);
  }
}

void CurlTransport::wake() {
  const auto now = Clock::now();
  std::erase_if(sleepers_, [&](const Sleeper& sleeper) {
    if (now < sleeper.until && !set_by(sleeper.stop)) return false;
    ready_.push_back(sleeper.fiber);
    return true;
  });
}

/// Until something happens at a socket, or somebody has slept long enough.
void CurlTransport::wait() const {
  if (!ready_.empty()) return;
  milliseconds longest = kLongestPoll;
  const auto now = Clock::now();
  for (const Sleeper& sleeper : sleepers_)
    longest = std::clamp(std::chrono::ceil<milliseconds>(sleeper.until - now), milliseconds(0), longest);
  curl_.multi_poll(multi_, nullptr, 0, static_cast<int>(longest.count()), nullptr);
}

CURL* CurlTransport::take_handle() {
  if (idle_.empty()) return curl_.easy_init();
  CURL* handle = idle_.back();
  idle_.pop_back();
  return handle;
}

Result<std::unique_ptr<Transport>> open_network() {
  const auto curl = curl_library();
  if (!curl) return tl::unexpected<Error>(curl.error());
  return std::make_unique<CurlTransport>(**curl);
}

}  // namespace overreach
