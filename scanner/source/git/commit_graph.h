// Commits as numbers: who has which tree, who comes after whom, and what reaches them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/source/git/id_table.h"
#include "scanner/source/git/objects.h"
#include "scanner/source/git/refs.h"

namespace overreach {

/// All commits of a repository, and the tips that hold on to them. Commits are numbered so that parents come before
/// children; among commits without such an order, older ones come first.
class CommitGraph {
 public:
  using Number = std::uint32_t;
  /// A tip and where it leads, tags peeled.
  struct Target {
    Tip tip;
    std::optional<Number> commit;  // none: `object`
    std::string object;            // raw id of a tree or blob that a tag names
    ObjectType type = ObjectType::commit;
  };

  /// Reads every commit object once, with `workers` threads; those that git's commit-graph file has, from there. What
  /// cannot be read is named in `tally`.
  CommitGraph(Objects& objects, unsigned workers, Tally& tally);
  /// Puts the commits in order and finds out what reaches them, in one thread; the members below are of use after it.
  /// Only reads `store`.
  void finish(const ObjectStore& store, const std::vector<Tip>& tips, Tally& tally);

  Number size() const { return static_cast<Number>(nodes_.size()); }
  /// Raw ids of a commit and of its root tree.
  std::string_view id(Number commit) const { return ids_.id(nodes_[commit].row); }
  std::string_view tree(Number commit) const {
    return std::string_view(trees_).substr(nodes_[commit].row * id_size_, id_size_);
  }
  std::span<const Number> parents(Number commit) const {
    return std::span(parents_).subspan(nodes_[commit].first_parent, nodes_[commit].parents);
  }
  /// Whether a ref or a reflog reaches it.
  bool reachable(Number commit) const { return nodes_[commit].reachable; }
  /// Whether a parent is not here (shallow clones end somewhere).
  bool cut(Number commit) const { return nodes_[commit].cut; }
  std::optional<Number> find(std::string_view raw_id) const;

  std::span<const Target> targets() const { return targets_; }
  /// How many commits are reachable.
  std::uint64_t reachable() const { return reachable_; }

 private:
  struct Node {
    std::uint32_t row = 0;  // in ids_ and trees_
    std::uint32_t first_parent = 0, parents = 0;
    bool cut = false;
    bool reachable = false;
  };
  /// Commits as they were read: by row.
  struct Rows {
    std::vector<std::int64_t> times;  // committer, seconds since 1970
    std::vector<std::uint32_t> parent_counts;
    std::string ids, trees, parents;  // raw ids, one after another
  };

  static void parse(std::string_view commit, std::string_view raw_id, std::size_t id_size, Rows& out);
  Rows read(Objects& objects, unsigned workers, Tally& tally);
  void sort();
  void resolve(const ObjectStore& store, const std::vector<Tip>& tips, Tally& tally);
  void mark_reachable();

  std::size_t id_size_;
  IdTable ids_;
  Rows rows_;  // until finish()
  std::string trees_;
  std::vector<Node> nodes_;
  std::vector<Number> parents_;
  std::vector<Number> number_of_;  // by row; kNone: in a circle
  std::vector<Target> targets_;
  std::uint64_t reachable_ = 0;
};

}  // namespace overreach
