// All of a repository's objects, and where they belong.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

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

/// For each blob id: one Origin per path, with the first commit (oldest in topological order)
/// that brought the blob there, over everything refs, HEAD, stashes and reflogs reach. A blob
/// that nothing reaches has one Origin with an empty commit and the path of its object file.
/// Sorted; counts the commits in `tally`.
std::map<std::string, std::vector<Origin>> attribute(const std::filesystem::path& repository,
                                                     const std::set<std::string>& blobs, unsigned workers,
                                                     Tally& tally);

}  // namespace overreach
