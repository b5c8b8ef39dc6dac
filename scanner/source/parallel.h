// The one way a loop is spread over threads here.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <thread>
#include <vector>

namespace overreach {

/// Calls work(i, worker) for every i in [0, count), on `workers` threads, in no fixed order.
/// Returns when all calls have. `work` must not throw.
inline void parallel_for(std::size_t count, unsigned workers,
                         const std::function<void(std::size_t i, unsigned worker)>& work) {
  std::atomic<std::size_t> next{0};
  const auto run = [&](unsigned worker) {
    for (std::size_t i = next++; i < count; i = next++) work(i, worker);
  };
  std::vector<std::jthread> threads;
  for (unsigned worker = 1; worker < workers && worker < count; ++worker) threads.emplace_back(run, worker);
  run(0);
}

}  // namespace overreach
