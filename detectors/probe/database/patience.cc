#include "detectors/probe/database/patience.h"

#include <algorithm>

namespace overreach {

using std::chrono::milliseconds;

milliseconds Patience::slice() const {
  const auto left = std::chrono::duration_cast<milliseconds>(end - std::chrono::steady_clock::now());
  return std::clamp(left, milliseconds{0}, milliseconds{200});
}

Error Patience::error() const {
  if (stopped()) return {Error::Kind::limit, "gave no answer before the interruption"};
  return {Error::Kind::network, "gave no answer in time"};
}

Result<void> Patience::wait_for(int fd, short events) const {
  for (;;) {
    const milliseconds time = slice();
    if (stopped() || time <= milliseconds{0}) return tl::unexpected<Error>(error());
    pollfd wanted{.fd = fd, .events = events, .revents = 0};
    if (poll(&wanted, 1, static_cast<int>(time.count())) > 0) return {};
  }
}

}  // namespace overreach
