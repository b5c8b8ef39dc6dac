#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "detectors/probe/fiber.h"

namespace overreach {
namespace {

TEST_CASE("a fiber goes on where it paused, with what it had", "[fiber]") {
  std::string told;
  std::vector<std::unique_ptr<Fiber>> fibers(3);
  for (std::size_t i = 0; i < fibers.size(); ++i)
    fibers[i] = std::make_unique<Fiber>([&, i] {
      const std::string name(40, static_cast<char>('a' + i));  // on the heap, owned by the stack
      for (int round = 0; round < 3; ++round) {
        told += name[0] + std::to_string(round) + " ";
        fibers[i]->pause();
      }
      told += name.back();
    });
  for (int round = 0; round < 4; ++round)
    for (const auto& fiber : fibers) {
      CHECK(!fiber->finished());
      fiber->resume();
    }
  CHECK(told == "a0 b0 c0 a1 b1 c1 a2 b2 c2 abc");
  for (const auto& fiber : fibers) CHECK(fiber->finished());
}

TEST_CASE("an exception is caught inside a fiber, before and after a pause", "[fiber]") {
  int caught = 0;
  std::unique_ptr<Fiber> fiber;
  const auto try_it = [&] {
    try {
      throw std::runtime_error("inside");
    } catch (const std::runtime_error&) {
      ++caught;
    }
  };
  fiber = std::make_unique<Fiber>([&] {
    try_it();
    fiber->pause();
    try_it();
  });
  fiber->resume();
  try_it();
  fiber->resume();
  CHECK(caught == 3);
  CHECK(fiber->finished());
}

TEST_CASE("a fiber that was never resumed costs nothing to drop", "[fiber]") {
  bool ran = false;
  {
    const Fiber fiber([&] { ran = true; });
  }
  CHECK(!ran);
}

/// Volatile, so that no compiler turns it into a loop.
int deeper(int depth) {
  volatile char frame[1024];
  frame[0] = static_cast<char>(depth);
  return depth == 1'000'000 ? 0 : frame[0] + deeper(depth + 1) + frame[0];
}

TEST_CASE("a fiber that runs out of its stack ends the process instead of writing elsewhere", "[fiber]") {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    close(STDERR_FILENO);
    std::signal(SIGSEGV, SIG_DFL);
    Fiber fiber([] { (void)deeper(0); });
    fiber.resume();
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
}

}  // namespace
}  // namespace overreach
