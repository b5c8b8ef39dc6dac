#include "scanner/cli/interrupt.h"

namespace overreach {
namespace {

std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free);  // or a handler could not write it

void note(int /*signal*/) { interrupted = true; }

}  // namespace

Interrupt::Interrupt() {
  interrupted = false;
  struct sigaction once {};
  once.sa_handler = note;
  once.sa_flags = SA_RESETHAND | SA_RESTART;
  sigaction(SIGINT, &once, &interrupt_);
  sigaction(SIGTERM, &once, &terminate_);
  // A job in the background is not to be stopped from the keyboard.
  if (interrupt_.sa_handler == SIG_IGN) sigaction(SIGINT, &interrupt_, nullptr);
}

Interrupt::~Interrupt() {
  sigaction(SIGINT, &interrupt_, nullptr);
  sigaction(SIGTERM, &terminate_, nullptr);
}

const std::atomic<bool>& Interrupt::seen() const { return interrupted; }

}  // namespace overreach
