// What a range of commits added.
#pragma once

#include <string>
#include <vector>

#include "scanner/source/git/object_store.h"
#include "scanner/source/git/range.h"
#include "scanner/source/git/repository.h"
#include "scanner/source/source.h"

namespace overreach {

/// Every file version that the commits of a range brought, also when a later commit of the range removed it again. Of a
/// merge that is what none of its parents has. Each distinct blob is read once.
class RangeSource : public Source {
 public:
  /// Throws UsageError when a revision cannot be found, with the way out.
  RangeSource(RepositoryPaths repository, const RangeRequest& request);
  void read(const Sink& sink, unsigned workers, Tally& tally) override;

  /// What the user should know of how the range was understood.
  const std::vector<std::string>& notices() const { return range_.notices; }

 private:
  RepositoryPaths repository_;
  Tally opening_;  // packs that cannot be read
  ObjectStore store_;
  CommitRange range_;
};

}  // namespace overreach
