// Which commits a range means.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scanner/source/git/object_store.h"
#include "scanner/source/git/repository.h"

namespace overreach {

/// What the user asked for.
struct RangeRequest {
  std::string range{};  // A..B, A...B or A; empty: everything that HEAD reaches
  std::string since{};  // a date or an age, see parse_since; empty: of any age
  /// What git tells a pre-push hook on its standard input: "local-ref local-id remote-ref remote-id" per line.
  std::optional<std::string> pushed{};
  std::string remote{};  // with `pushed`: the remote's name; empty: any
};

/// The commits that `include` reaches and `exclude` does not. Raw ids.
struct CommitRange {
  std::vector<std::string> include, exclude;
  std::vector<std::string> alone;     // commits without those before them
  std::optional<std::int64_t> since;  // only commits that are younger; seconds since 1970
  std::vector<std::string> notices;   // what the user should know, one sentence each
};

/// A..B and A...B are the same: what has come to B since it and A parted. A range from a commit to itself means that
/// commit. A of nothing but zeros (the first push of a branch) stands for what other remote-tracking refs have; so
/// does a remote's commit that is not here (a forced push), with a notice. Throws UsageError when a revision or a date
/// makes no sense, with the way out.
CommitRange resolve_range(const RepositoryPaths& repository, const ObjectStore& store, const RangeRequest& request);

}  // namespace overreach
