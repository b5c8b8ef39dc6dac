// Git's commit-graph file: what commits say, without the commits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string_view>

namespace overreach {

/// One commit of the file. Views are true during the visit only.
struct GraphedCommit {
  std::string_view id, tree;                  // raw
  std::span<const std::string_view> parents;  // raw ids
  std::int64_t time = 0;                      // committer, seconds since 1970
};

/// Visits every commit of the commit-graph file, or of the chain of files, of an object directory (.git/objects).
/// False, before any visit, when there is none, or when it is damaged or for ids of another size: then the commits
/// themselves have to be read. Format: gitformat-commit-graph(5).
bool for_each_graphed_commit(const std::filesystem::path& objects, std::size_t id_size,
                             const std::function<void(const GraphedCommit&)>& visit);

}  // namespace overreach
