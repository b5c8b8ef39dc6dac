// libmongoc asks a stream to read, write and wait. All of it goes to a Stream, which has the checked address, TLS, the
// time limit and the wish to stop; once it fails it stays failed, so that libmongoc gives up at once.
#include "detectors/probe/database/mongo_stream.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

namespace overreach {
namespace {

constexpr std::size_t kLargestAnswers = std::size_t{16} << 20U;
constexpr std::size_t kLargestRecord = std::size_t{16} << 10U;  // of TLS: read whole, none of it waits unseen

struct MongoStream : mongoc_stream_t {
  MongoStream(Stream opened, const Patience& limits, MongoTrouble& log)
      : mongoc_stream_t{}, stream(std::move(opened)), patience(limits), trouble(log) {}

  Stream stream;
  Patience patience;
  MongoTrouble& trouble;
  std::string buffer;  // received, and not asked for yet
  std::size_t received = 0;
  bool would_block = false;
  bool failed_for_good = false;
};

MongoStream& of(mongoc_stream_t* stream) { return *static_cast<MongoStream*>(stream); }

ssize_t give_up(MongoStream& stream, const Error& error) {
  stream.failed_for_good = true;
  if (!stream.trouble.error) stream.trouble.error = error;
  errno = ETIMEDOUT;
  return -1;
}

/// Takes what has arrived. False when nothing has.
Result<bool> fill(MongoStream& stream) {
  const std::size_t before = stream.buffer.size();
  stream.buffer.resize(before + kLargestRecord);
  const auto got = stream.stream.receive_now(stream.buffer.data() + before, kLargestRecord);
  stream.buffer.resize(before + got.value_or(0));
  if (!got) return tl::unexpected<Error>(got.error());
  stream.received += *got;
  if (stream.received > kLargestAnswers) return fail(Error::Kind::limit, "sent more than 16 MiB");
  return *got > 0;
}

/// Moves what is in the buffer to `iov`, behind the first `done` bytes.
std::size_t move_to(MongoStream& stream, const mongoc_iovec_t* iov, std::size_t count, std::size_t done) {
  std::size_t taken = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (done >= iov[i].iov_len) {
      done -= iov[i].iov_len;
      continue;
    }
    const std::size_t size = std::min(iov[i].iov_len - done, stream.buffer.size() - taken);
    std::memcpy(static_cast<char*>(iov[i].iov_base) + done, stream.buffer.data() + taken, size);
    taken += size;
    done = 0;
    if (taken == stream.buffer.size()) break;
  }
  stream.buffer.erase(0, taken);
  return taken;
}

ssize_t read_vector(mongoc_stream_t* self, mongoc_iovec_t* iov, std::size_t count, std::size_t least,
                    int32_t timeout) noexcept try {
  MongoStream& stream = of(self);
  stream.would_block = false;
  if (stream.failed_for_good) return -1;
  std::size_t done = move_to(stream, iov, count, 0);
  while (done < std::max<std::size_t>(least, 1)) {
    const auto arrived = fill(stream);
    if (!arrived) return give_up(stream, arrived.error());
    if (*arrived) {
      done += move_to(stream, iov, count, done);
    } else if (timeout == 0) {
      stream.would_block = done == 0;
      errno = EAGAIN;
      return done == 0 ? -1 : static_cast<ssize_t>(done);
    } else if (const auto ready = stream.patience.wait_for(stream.stream.socket(), POLLIN); !ready) {
      return give_up(stream, ready.error());
    }
  }
  return static_cast<ssize_t>(done);
} catch (...) {  // out of memory: nothing may unwind through C
  return -1;
}

ssize_t write_vector(mongoc_stream_t* self, mongoc_iovec_t* iov, std::size_t count, int32_t) noexcept try {
  MongoStream& stream = of(self);
  stream.would_block = false;
  if (stream.failed_for_good) return -1;
  std::size_t done = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto sent = stream.stream.send({static_cast<const char*>(iov[i].iov_base), iov[i].iov_len});
    if (!sent) return give_up(stream, sent.error());
    done += iov[i].iov_len;
  }
  return static_cast<ssize_t>(done);
} catch (...) {
  return -1;
}

/// A stream that has failed, or whose time is up, is ready: to be found broken.
ssize_t wait_for_any(mongoc_stream_poll_t* polled, std::size_t count, int32_t timeout) noexcept try {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(std::max(timeout, 0));
  for (;;) {
    ssize_t ready = 0;
    std::vector<pollfd> sockets;
    auto slice = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    for (std::size_t i = 0; i < count; ++i) {
      MongoStream& stream = of(polled[i].stream);
      const bool out_of_time = stream.patience.stopped() || stream.patience.slice().count() == 0;
      if (out_of_time) give_up(stream, stream.patience.error());
      polled[i].revents = stream.failed_for_good ? POLLERR : stream.buffer.empty() ? 0 : polled[i].events & POLLIN;
      ready += polled[i].revents != 0 ? 1 : 0;
      slice = std::min(slice, stream.patience.slice());
      sockets.push_back({.fd = stream.stream.socket(), .events = static_cast<short>(polled[i].events), .revents = 0});
    }
    if (ready > 0) return ready;
    const int found = poll(sockets.data(), sockets.size(), static_cast<int>(std::max<long>(slice.count(), 0)));
    for (std::size_t i = 0; found > 0 && i < count; ++i) polled[i].revents = sockets[i].revents;
    if (found != 0 || std::chrono::steady_clock::now() >= end) return found;
  }
} catch (...) {
  return -1;
}

void destroy(mongoc_stream_t* self) noexcept { delete &of(self); }
int nothing_to_do(mongoc_stream_t*) noexcept { return 0; }
int no_option(mongoc_stream_t*, int, int, void*, mongoc_socklen_t) noexcept { return 0; }
bool is_closed(mongoc_stream_t* self) noexcept { return of(self).failed_for_good; }
bool has_timed_out(mongoc_stream_t* self) noexcept { return of(self).failed_for_good; }
bool should_retry(mongoc_stream_t* self) noexcept { return of(self).would_block; }

}  // namespace

mongoc_stream_t* open_mongo_stream(const DatabaseSession& session, MongoTrouble& trouble) {
  auto opened = Stream::open(session);
  if (!opened) {
    trouble.error = opened.error();
    return nullptr;
  }
  auto* stream = new MongoStream(std::move(*opened), session.patience, trouble);
  stream->destroy = &destroy;
  stream->failed = &destroy;
  stream->close = &nothing_to_do;
  stream->flush = &nothing_to_do;
  stream->writev = &write_vector;
  stream->readv = &read_vector;
  stream->setsockopt = &no_option;
  stream->check_closed = &is_closed;
  stream->poll = &wait_for_any;
  stream->timed_out = &has_timed_out;
  stream->should_retry = &should_retry;
  return stream;
}

}  // namespace overreach
