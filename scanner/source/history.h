// All of a repository's blobs.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "scanner/source/objects.h"
#include "scanner/source/source.h"

namespace overreach {

/// Every distinct blob in the object database, once, reachable or not. A blob's one origin has
/// an empty path: which commits and paths hold it is asked of origins_of() afterwards, for the few
/// blobs that matter.
class HistorySource : public Source {
 public:
  explicit HistorySource(std::filesystem::path repository);
  void read(const Sink& sink, unsigned workers, Tally& tally) override;
  /// See attribute(). After read().
  std::map<std::string, std::vector<Origin>> origins_of(const std::set<std::string>& blobs, unsigned workers,
                                                        Tally& tally);

 private:
  std::filesystem::path repository_;
  std::optional<Objects> objects_;  // opened by read()
};

}  // namespace overreach
