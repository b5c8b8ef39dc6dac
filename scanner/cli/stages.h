// Where the time of a run went: --stats.
#pragma once

#include <chrono>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace overreach {

/// Wall-clock time of the stages of a run, in the order in which they began.
class Stages {
 public:
  /// Runs `work` as the stage `name` and returns what it returns.
  template <class Work>
  auto time(std::string name, Work work) {
    const Clock start(*this, std::move(name));
    return work();
  }

  /// A stage that was measured elsewhere.
  void add(std::string name, double milliseconds) { times_.emplace_back(std::move(name), milliseconds); }

  /// One line a stage, in milliseconds.
  void print(std::ostream& out) const {
    for (const auto& [name, milliseconds] : times_) out << "  " << name << ": " << milliseconds << " ms\n";
  }

 private:
  class Clock {
   public:
    Clock(Stages& stages, std::string name)
        : stages_(stages), name_(std::move(name)), start_(std::chrono::steady_clock::now()) {}
    ~Clock() {
      const std::chrono::duration<double, std::milli> spent = std::chrono::steady_clock::now() - start_;
      stages_.times_.emplace_back(std::move(name_), spent.count());
    }
    Clock(const Clock&) = delete;
    Clock& operator=(const Clock&) = delete;

   private:
    Stages& stages_;
    std::string name_;
    std::chrono::steady_clock::time_point start_;
  };

  std::vector<std::pair<std::string, double>> times_;
};

}  // namespace overreach
