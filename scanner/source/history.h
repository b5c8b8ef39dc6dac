// All of a repository's blobs.
#pragma once

#include <filesystem>

#include "scanner/source/source.h"

namespace overreach {

/// Every distinct blob in the object database, once, reachable or not. A blob's one origin has
/// an empty path: which commits and paths hold it is asked of attribute() afterwards, for the few
/// blobs that matter.
class HistorySource : public Source {
 public:
  explicit HistorySource(std::filesystem::path repository);
  void read(const Sink& sink, unsigned workers, Tally& tally) override;

 private:
  std::filesystem::path repository_;
};

}  // namespace overreach
