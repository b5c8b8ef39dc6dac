// Ctrl-C while providers are asked.
#pragma once

#include <csignal>

#include <atomic>

namespace overreach {

/// While it lives, the first Ctrl-C (or SIGTERM) is noted and nothing else, so that the run can say what it knows; a
/// second one ends the process, as ever. One at a time.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  const std::atomic<bool>& seen() const;

 private:
  struct sigaction interrupt_ {};
  struct sigaction terminate_ {};
};

}  // namespace overreach
