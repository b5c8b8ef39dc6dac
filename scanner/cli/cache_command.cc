#include <iostream>

#include "detectors/probe/reach_cache.h"
#include "scanner/base/result.h"
#include "scanner/cli/commands.h"
#include "scanner/source/git/scan_cache.h"

namespace overreach {

ExitCode cache_command(const Options& options) {
  const std::filesystem::path directory = ScanCache::default_directory();
  if (directory.empty()) throw UsageError("there is no cache directory: neither XDG_CACHE_HOME nor HOME is set");
  if (options.command == "cache path") {
    std::cout << directory.string() << "\n";
  } else {
    const std::size_t removed = ScanCache::clear(directory);
    const bool answers = ReachCache::clear(directory);
    std::cout << "removed what was remembered of " << removed << (removed == 1 ? " repository" : " repositories")
              << (answers ? " and of providers' answers" : "") << " from " << directory.string() << "\n";
  }
  return ExitCode::clean;
}

}  // namespace overreach
