#include "scanner/cli/progress.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <utility>

namespace overreach {

Progress::Progress(bool wanted, std::function<std::string()> line) : line_(std::move(line)) {
  if (wanted && isatty(STDERR_FILENO) != 0) thread_ = std::thread([this] { run(); });
}

Progress::~Progress() {
  if (!thread_.joinable()) return;
  {
    const std::scoped_lock lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Progress::run() {
  using namespace std::chrono_literals;
  std::unique_lock lock(mutex_);
  bool shown = false;
  auto pause = 500ms;
  while (!changed_.wait_for(lock, pause, [this] { return stop_; })) {
    std::fprintf(stderr, "\r\x1b[K%s", line_().c_str());
    shown = true;
    pause = 100ms;
  }
  if (shown) std::fputs("\r\x1b[K", stderr);
}

}  // namespace overreach
