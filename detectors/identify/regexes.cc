#include "detectors/identify/regexes.h"

#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>

#include "scanner/match/regex.h"

namespace overreach {

const re2::RE2& compiled(std::string_view pattern) {
  static std::shared_mutex mutex;
  static std::map<std::string, std::unique_ptr<re2::RE2>, std::less<>> cache;
  {
    const std::shared_lock lock(mutex);
    if (const auto it = cache.find(pattern); it != cache.end()) return *it->second;
  }
  auto regex = compile_regex(pattern);
  const std::unique_lock lock(mutex);
  return *cache.try_emplace(std::string(pattern), std::move(regex)).first->second;
}

}  // namespace overreach
