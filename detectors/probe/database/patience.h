// How long one database may take.
#pragma once

#include <poll.h>

#include <atomic>
#include <chrono>

#include "scanner/base/result.h"

namespace overreach {

/// An end in time, and the user's wish to stop. Copied freely; `stop` outlives it.
struct Patience {
  std::chrono::steady_clock::time_point end;
  const std::atomic<bool>* stop = nullptr;

  bool stopped() const { return stop != nullptr && *stop; }
  /// At most 200 ms, so that a wish to stop is soon heard; 0 when there is no time left.
  std::chrono::milliseconds slice() const;
  /// Waits until `fd` is ready for one of `events` (poll). An error when time is up or the user wants to stop.
  Result<void> wait_for(int fd, short events) const;
  /// The error of having run out of patience.
  Error error() const;
};

}  // namespace overreach
