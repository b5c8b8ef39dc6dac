// One line on standard error that says how far a long run has come.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace overreach {

/// Shows `line()` ten times a second from a thread of its own, from half a second after the start,
/// and wipes it at the end. Shows nothing when standard error is not a terminal.
class Progress {
 public:
  Progress(bool wanted, std::function<std::string()> line);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

 private:
  void run();

  std::function<std::string()> line_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace overreach
