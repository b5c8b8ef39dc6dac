// What holds on to the commits of a repository.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "scanner/source/source.h"

namespace overreach {

/// A name for an object.
struct Tip {
  std::string name;     // "refs/heads/main", "HEAD", "refs/stash"; of work trees: "worktrees/w/HEAD"
  std::string id;       // raw
  bool reflog = false;  // an older value of the name
  auto operator<=>(const Tip&) const = default;
};

/// All refs, the HEADs of all work trees, what FETCH_HEAD and its like name, and everything in reflogs. Sorted, unique.
/// `common` is the git directory that work trees share; `id_size` is 20 or 32. Read here and not by libgit2, which
/// knows no SHA-256 ids and opens each ref by itself. What cannot be read is named in `tally`.
std::vector<Tip> read_tips(const std::filesystem::path& common, std::size_t id_size, Tally& tally);

/// The raw id that HEAD of the work tree with this git directory stands for; empty before the first commit.
std::string head_id(const std::filesystem::path& git_dir, std::span<const Tip> tips, std::size_t id_size);

}  // namespace overreach
