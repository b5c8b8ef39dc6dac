// Work that makes more work.
#pragma once

#include <atomic>
#include <condition_variable>
#include <iterator>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace overreach {

/// Tasks that are waiting, the newest first, and how many are being worked on; none and nobody at work means done.
/// Used by several threads.
template <class Task>
class TaskStack {
 public:
  void push(Task task) {
    {
      const std::scoped_lock lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    changed_.notify_one();
  }

  /// Blocks until there is a task, or until all work is done. Each task that was popped must be followed by done().
  std::optional<Task> pop() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.wait(lock, [&] { return !tasks_.empty() || busy_ == 0; });
    --waiting_;
    if (tasks_.empty()) return std::nullopt;
    Task task = std::move(tasks_.back());
    tasks_.pop_back();
    ++busy_;
    return task;
  }

  /// Whether somebody waits for a task: whoever works on a large one may share it. Costs next to nothing to ask.
  bool hungry() const { return waiting_.load(std::memory_order_relaxed) > 0; }

  void done() {
    const std::scoped_lock lock(mutex_);
    if (--busy_ == 0 && tasks_.empty()) changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Task> tasks_;
  unsigned busy_ = 0;
  std::atomic<unsigned> waiting_{0};
};

}  // namespace overreach
