#include "detectors/probe/database/srv.h"

#include <arpa/nameser.h>
#include <netdb.h>
#include <resolv.h>

#include <array>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace overreach {
namespace {

constexpr std::size_t kLargestAnswer = 65'535;
constexpr std::size_t kMostRecords = 64;

/// Walks through an answer; every step is checked against its end.
class Message {
 public:
  explicit Message(std::string_view bytes)
      : begin_(reinterpret_cast<const unsigned char*>(bytes.data())), end_(begin_ + bytes.size()), at_(begin_) {}

  std::optional<unsigned> number() {
    if (end_ - at_ < 2) return std::nullopt;
    const unsigned value = unsigned{at_[0]} << 8U | at_[1];
    at_ += 2;
    return value;
  }
  bool skip(std::size_t bytes) {
    if (static_cast<std::size_t>(end_ - at_) < bytes) return false;
    at_ += bytes;
    return true;
  }
  /// A domain name, which may refer to an earlier one.
  std::optional<std::string> name() {
    std::array<char, NS_MAXDNAME> text{};
    const int used = dn_expand(begin_, end_, at_, text.data(), static_cast<int>(text.size()));
    if (used < 0) return std::nullopt;
    at_ += used;
    return std::string(text.data());
  }
  std::string_view bytes(std::size_t size) const { return {reinterpret_cast<const char*>(at_), size}; }

 private:
  const unsigned char* begin_;
  const unsigned char* end_;
  const unsigned char* at_;
};

const Error kMalformed{Error::Kind::malformed, "could not be found: a name server's answer could not be read"};
const Error kNothing{Error::Kind::network, "could not be found: the name has no SRV record"};

/// Calls take(message, length of the data) for each record of `type`; it reads a copy of the message. False: malformed.
template <class Take>
bool each_record(std::string_view answer, unsigned type, const Take& take) {
  Message message(answer);
  std::array<unsigned, 6> head{};  // id, flags, and how many questions, answers, authorities, additions
  for (unsigned& value : head) {
    const auto number = message.number();
    if (!number) return false;
    value = *number;
  }
  for (unsigned i = 0; i < head[2]; ++i)
    if (!message.name() || !message.skip(4)) return false;
  for (unsigned i = 0; i < head[3] && i < kMostRecords; ++i) {
    const auto owner = message.name();
    const auto is = message.number();
    if (!owner || !is || !message.skip(6)) return false;
    const auto length = message.number();
    if (!length) return false;
    Message data = message;
    if (!message.skip(*length)) return false;
    if (*is == type && !take(data, *length)) return false;
  }
  return true;
}

/// A question on a thread of its own, which outlives whoever loses patience: res_nquery() cannot be interrupted.
struct Question {
  std::mutex mutex;
  std::condition_variable answered;
  bool done = false;
  std::string answer;    // empty: there is none
  bool unheard = false;  // no name server answered
};

void look_up(const std::shared_ptr<Question>& question, const std::string& name, int type) {
  std::string answer(kLargestAnswer, '\0');
  struct __res_state state {};
  int size = -1;
  bool unheard = true;
  if (res_ninit(&state) == 0) {
    state.retrans = 3;  // seconds
    state.retry = 2;
    size = res_nquery(&state, name.c_str(), C_IN, type, reinterpret_cast<unsigned char*>(answer.data()),
                      static_cast<int>(answer.size()));
    unheard = size < 0 && (state.res_h_errno == TRY_AGAIN || state.res_h_errno == NO_RECOVERY);
    res_nclose(&state);
  }
  answer.resize(size < 0 ? 0 : std::min<std::size_t>(static_cast<std::size_t>(size), kLargestAnswer));
  const std::lock_guard lock(question->mutex);
  question->answer = std::move(answer);
  question->unheard = unheard;
  question->done = true;
  question->answered.notify_all();
}

Result<std::string> ask(const std::string& name, int type, const Patience& patience) {
  const auto question = std::make_shared<Question>();
  std::thread([question, name, type] { look_up(question, name, type); }).detach();
  std::unique_lock lock(question->mutex);
  while (!question->done) {
    const auto slice = patience.slice();
    if (patience.stopped() || slice.count() == 0) return tl::unexpected<Error>(patience.error());
    question->answered.wait_for(lock, slice);
  }
  if (question->unheard) return fail(Error::Kind::network, "could not be found: no name server answers");
  return question->answer;
}

}  // namespace

Result<std::vector<SrvRecord>> read_srv(std::string_view answer) {
  std::vector<SrvRecord> records;
  const bool sound = each_record(answer, ns_t_srv, [&](Message data, unsigned) {
    if (!data.skip(4)) return false;  // priority and weight
    const auto port = data.number();
    auto host = data.name();
    if (!port || !host) return false;
    records.push_back({std::move(*host), *port});
    return true;
  });
  if (!sound) return tl::unexpected<Error>(kMalformed);
  if (records.empty()) return tl::unexpected<Error>(kNothing);
  return records;
}

Result<std::vector<std::string>> read_txt(std::string_view answer) {
  std::vector<std::string> texts;
  const bool sound = each_record(answer, ns_t_txt, [&](Message data, unsigned length) {
    std::string text;  // of pieces, each behind its length
    for (unsigned at = 0; at < length;) {
      const auto size = static_cast<unsigned char>(data.bytes(1)[0]);
      if (at + 1 + size > length || !data.skip(1)) return false;
      text += data.bytes(size);
      data.skip(size);
      at += 1 + size;
    }
    texts.push_back(std::move(text));
    return true;
  });
  if (!sound) return tl::unexpected<Error>(kMalformed);
  return texts;
}

Result<std::vector<SrvRecord>> find_srv(const std::string& name, const Patience& patience) {
  const auto answer = ask(name, ns_t_srv, patience);
  if (!answer) return tl::unexpected<Error>(answer.error());
  if (answer->empty()) return tl::unexpected<Error>(kNothing);
  return read_srv(*answer);
}

Result<std::vector<std::string>> find_txt(const std::string& name, const Patience& patience) {
  const auto answer = ask(name, ns_t_txt, patience);
  if (!answer) return tl::unexpected<Error>(answer.error());
  if (answer->empty()) return std::vector<std::string>();
  return read_txt(*answer);
}

}  // namespace overreach
