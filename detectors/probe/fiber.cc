#include "detectors/probe/fiber.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cassert>
#include <cstdint>
#include <new>
#include <utility>

#ifdef __SANITIZE_ADDRESS__
#define OVERREACH_ADDRESS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define OVERREACH_ADDRESS_SANITIZER
#endif
#endif
#ifdef OVERREACH_ADDRESS_SANITIZER
#include <sanitizer/common_interface_defs.h>
#endif

namespace overreach {
namespace {

constexpr std::size_t kStack = std::size_t{256} << 10U;

std::size_t guard_size() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

/// Before a switch: where the next stack lies. `fake` keeps what belongs to this one; null: it is left for good.
void leave_stack([[maybe_unused]] void** fake, [[maybe_unused]] const void* bottom, [[maybe_unused]] std::size_t size) {
#ifdef OVERREACH_ADDRESS_SANITIZER
  __sanitizer_start_switch_fiber(fake, bottom, size);
#endif
}

/// After a switch: says where the stack lies that was left.
void enter_stack([[maybe_unused]] void* fake, [[maybe_unused]] const void** bottom,
                 [[maybe_unused]] std::size_t* size) {
#ifdef OVERREACH_ADDRESS_SANITIZER
  __sanitizer_finish_switch_fiber(fake, bottom, size);
#endif
}

/// swapcontext(), about which the address sanitizer writes a warning to standard error.
void swap(ucontext_t& from, const ucontext_t& to) {
  volatile bool back = false;
  getcontext(&from);
  if (back) return;
  back = true;
  setcontext(&to);
}

}  // namespace

Fiber::Fiber(std::function<void()> work) : work_(std::move(work)) {
  void* memory = mmap(nullptr, guard_size() + kStack, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  if (mprotect(memory, guard_size(), PROT_NONE) != 0 || getcontext(&inside_) != 0) {
    munmap(memory, guard_size() + kStack);
    throw std::bad_alloc();
  }
  stack_ = static_cast<char*>(memory) + guard_size();
  inside_.uc_stack.ss_sp = stack_;
  inside_.uc_stack.ss_size = kStack;
  inside_.uc_link = nullptr;
  // makecontext() passes integers only.
  const auto self = reinterpret_cast<std::uintptr_t>(this);
  makecontext(&inside_, reinterpret_cast<void (*)()>(&Fiber::enter), 2,
              static_cast<unsigned>(std::uint64_t{self} >> 32U), static_cast<unsigned>(self));
}

Fiber::~Fiber() { munmap(static_cast<char*>(stack_) - guard_size(), guard_size() + kStack); }

void Fiber::enter(unsigned high, unsigned low) noexcept {
  reinterpret_cast<Fiber*>(static_cast<std::uintptr_t>(std::uint64_t{high} << 32U | low))->run();
}

void Fiber::run() noexcept {
  enter_stack(nullptr, &outside_bottom_, &outside_size_);
  work_();
  finished_ = true;
  leave_stack(nullptr, outside_bottom_, outside_size_);
  setcontext(&outside_);
}

void Fiber::resume() {
  assert(!finished_);
  void* fake = nullptr;
  leave_stack(&fake, stack_, kStack);
  swap(outside_, inside_);
  enter_stack(fake, nullptr, nullptr);
}

void Fiber::pause() {
  leave_stack(&fake_stack_, outside_bottom_, outside_size_);
  swap(inside_, outside_);
  enter_stack(fake_stack_, &outside_bottom_, &outside_size_);
}

}  // namespace overreach
