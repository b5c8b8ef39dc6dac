// How many requests one run makes to one host.
#pragma once

#include <map>
#include <mutex>
#include <string>

namespace overreach {

/// Any thread.
class HostBudget {
 public:
  explicit HostBudget(unsigned each) : each_(each) {}

  /// Takes one request to `host`. False when there is none left.
  bool take(const std::string& host) {
    const std::scoped_lock lock(mutex_);
    unsigned& used = used_[host];
    if (used == each_) return false;
    ++used;
    return true;
  }

 private:
  const unsigned each_;
  std::mutex mutex_;
  std::map<std::string, unsigned> used_;
};

}  // namespace overreach
