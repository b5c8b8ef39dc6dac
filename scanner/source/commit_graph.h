// Commits as numbers: who has which tree, and who comes after whom.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "scanner/source/objects.h"

namespace overreach {

/// All commits of a repository that refs, HEAD, stashes or reflogs reach.
class CommitGraph {
 public:
  struct Node {
    std::string id;                    // raw
    std::string tree;                  // raw id of the root tree
    std::int64_t time = 0;             // committer, seconds since 1970
    std::vector<std::string> parents;  // raw ids
    bool reachable = false;
  };

  /// Reads every commit object once. What cannot be read is named in `tally`.
  CommitGraph(const Objects& objects, Tally& tally);

  const std::vector<Node>& nodes() const { return nodes_; }
  /// Null when the commit is not here (shallow clones end somewhere).
  const Node* find(const std::string& raw_id) const;
  std::uint64_t reachable() const { return reachable_; }

 private:
  void mark_reachable(git_repository* repository);

  std::vector<Node> nodes_;
  std::unordered_map<std::string, std::size_t> by_id_;
  std::uint64_t reachable_ = 0;
};

}  // namespace overreach
