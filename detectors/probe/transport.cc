#include "detectors/probe/transport.h"

#include <algorithm>
#include <thread>

namespace overreach {

std::string_view Response::header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers)
    if (name == lower_case_name) return value;
  return {};
}

void Transport::hold(const std::vector<std::string>& hosts, const std::function<void(std::size_t)>& talk) {
  for (std::size_t i = 0; i < hosts.size(); ++i) talk(i);
}

void Transport::pause(std::chrono::milliseconds time, const std::atomic<bool>* stop) {
  constexpr std::chrono::milliseconds kStep{50};
  const auto until = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < until && (stop == nullptr || !*stop))
    std::this_thread::sleep_for(std::min(time, kStep));
}

}  // namespace overreach
