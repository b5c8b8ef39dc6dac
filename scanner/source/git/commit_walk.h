// Which commits one revision has and others have not.
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/base/result.h"
#include "scanner/source/git/object_store.h"

namespace overreach {

/// A commit object, read.
struct CommitObject {
  std::string id;  // raw, as are the others
  std::string tree;
  std::vector<std::string> parents;
  std::int64_t time = 0;  // committer, seconds since 1970
};

/// Error: not here, or no commit.
Result<CommitObject> read_commit(const ObjectStore& store, std::string_view raw_id);

/// The commits whose parents a shallow clone has not fetched, raw ids. `common` is the directory that work trees share.
std::set<std::string> shallow_commits(const std::filesystem::path& common);

/// All commits that `include` reaches and `exclude` does not, newest first. A commit in `shallow` has no parents. Like
/// git, it stops soon after only excluded commits are left, so where clocks were wrong by much there may be more than
/// exactly these, never fewer. What cannot be read is named in `tally`.
std::vector<CommitObject> walk_commits(const ObjectStore& store, const std::set<std::string>& shallow,
                                       const std::vector<std::string>& include, const std::vector<std::string>& exclude,
                                       Tally& tally);

}  // namespace overreach
