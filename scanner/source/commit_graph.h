// Commits as numbers: who has which tree, who comes after whom, and what reaches them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "scanner/source/objects.h"
#include "scanner/source/refs.h"

namespace overreach {

/// All commits of a repository, and the tips that hold on to them.
class CommitGraph {
 public:
  struct Node {
    std::string id;         // raw
    std::string tree;       // raw id of the root tree
    std::int64_t time = 0;  // committer, seconds since 1970
    std::vector<std::uint32_t> parents;
    bool cut = false;        // a parent is not here (shallow clones end somewhere)
    bool reachable = false;  // from a ref or a reflog
  };
  /// A tip and where it leads, tags peeled.
  struct Target {
    Tip tip;
    std::optional<std::uint32_t> commit;  // none: `object`
    std::string object;                   // raw id of a tree or blob that a tag names
    ObjectType type = ObjectType::commit;
  };

  /// Reads every commit object once, with `workers` threads; commits that a commit-graph file has are taken from there. What
  /// cannot be read is named in `tally`.
  CommitGraph(Objects& objects, const std::vector<Tip>& tips, unsigned workers, Tally& tally);

  /// Parents before children; among commits without such an order, older ones first.
  std::span<const Node> nodes() const { return nodes_; }
  std::span<const Target> targets() const { return targets_; }
  std::optional<std::uint32_t> find(const std::string& raw_id) const;
  std::uint64_t reachable() const { return reachable_; }

 private:
  void read(Objects& objects, unsigned workers, Tally& tally);
  void sort();
  void resolve(const ObjectStore& store, const std::vector<Tip>& tips, Tally& tally);
  void mark_reachable();

  std::vector<Node> nodes_;
  std::vector<std::vector<std::string>> parent_ids_;
  std::vector<Target> targets_;
  std::unordered_map<std::string, std::uint32_t> by_id_;
  std::uint64_t reachable_ = 0;
};

}  // namespace overreach
