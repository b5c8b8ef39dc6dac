// What a range of commits added.
#pragma once

#include <filesystem>
#include <string>

#include "scanner/source/source.h"

namespace overreach {

/// Every file version that the commits of a range brought, also when a later commit of the
/// range removed it again. Each distinct blob is read once.
class RangeSource : public Source {
 public:
  /// `range` is A..B, A...B (from the merge base) or A (A..HEAD). Throws UsageError when a
  /// revision cannot be found, with the way out for shallow clones.
  RangeSource(std::filesystem::path repository, const std::string& range);
  void read(const Sink& sink, unsigned workers, Tally& tally) override;

 private:
  std::filesystem::path repository_;
  std::string from_;  // hex id, excluded
  std::string to_;    // hex id, included
};

}  // namespace overreach
