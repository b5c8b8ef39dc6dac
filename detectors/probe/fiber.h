// A function that can stop in the middle and go on later.
#pragma once

#include <ucontext.h>

#include <cstddef>
#include <functional>

namespace overreach {

/// A function with a stack of its own (256 KiB of addresses, of which the kernel gives what is touched, above a page
/// that nobody may touch).
///
/// The function is plain code that calls pause() where it has to wait; who called resume() goes on there, and resumes
/// it when there is something to go on with. Nothing runs at the same time as anything else. A function is never
/// paused inside a catch block: the exceptions being handled are counted by thread and not by stack. The function must
/// not throw.
class Fiber {
 public:
  /// Throws std::bad_alloc when there is no memory for a stack.
  explicit Fiber(std::function<void()> work);
  /// The function has returned, or was never resumed.
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /// Runs the function until it pauses or returns. Called from outside.
  void resume();
  /// Called by the function itself.
  void pause();
  bool finished() const { return finished_; }

 private:
  static void enter(unsigned high, unsigned low) noexcept;
  void run() noexcept;

  std::function<void()> work_;
  void* stack_ = nullptr;
  ucontext_t inside_{};
  ucontext_t outside_{};
  bool finished_ = false;
  // What the address sanitizer has to know of two stacks.
  void* fake_stack_ = nullptr;
  const void* outside_bottom_ = nullptr;
  std::size_t outside_size_ = 0;
};

}  // namespace overreach
