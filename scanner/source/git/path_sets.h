// Which wanted objects lie at which paths below a tree.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scanner/source/git/tree_index.h"

namespace overreach {

/// A wanted object at a path.
struct ObjectPath {
  std::uint32_t object = 0;  // number of the wanted object
  std::string path;          // from the root tree
};

/// For trees of a repository: the places below them. Most commits change nothing that is wanted, so the trees of
/// many thousand commits share a few sets; a set is a number and its places are kept once.
class PathSets {
 public:
  static constexpr std::uint32_t kEmpty = 0;

  /// Finds the trees that hold `objects` (distinct raw ids of `id_size` bytes), those that hold these, and so on
  /// upwards.
  PathSets(const TreeIndex& index, std::span<const std::string> objects, std::size_t id_size);

  /// The number of a tree (raw id) that holds something. Any number of threads may ask.
  std::optional<std::uint32_t> find(std::string_view tree) const { return trees_.find(tree); }
  /// The set of a tree, as found.
  std::uint32_t of(std::optional<std::uint32_t> tree) { return tree ? set_of(*tree) : kEmpty; }
  /// ObjectPath numbers of a set, ascending.
  std::span<const std::uint32_t> places(std::uint32_t set) const { return sets_[set]; }
  bool contains(std::uint32_t set, std::uint32_t place) const;
  const ObjectPath& place(std::uint32_t number) const { return places_[number]; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(places_.size()); }
  std::uint32_t count() const { return static_cast<std::uint32_t>(sets_.size()); }
  /// Whether some tree had more places than are kept: a file may lie at more paths than are told.
  bool clipped() const { return clipped_; }

 private:
  /// An entry of a holding tree: what it is, and its name. Targets below the number of objects are these.
  struct Child {
    std::uint32_t target = 0;
    std::string_view name;
  };
  using Key = std::vector<std::pair<std::string_view, std::uint32_t>>;  // name; object, or number of objects + set

  std::uint32_t set_of(std::uint32_t tree);
  std::uint32_t make(const Key& key);
  std::uint32_t intern(std::uint32_t object, std::string path);

  std::uint32_t objects_;
  IdTable trees_;                             // the holding trees
  std::vector<std::vector<Child>> children_;  // of holding trees
  std::vector<std::uint32_t> set_of_;         // of holding trees; kUnknown before it is made
  std::map<Key, std::uint32_t> made_;
  std::map<std::vector<std::uint32_t>, std::uint32_t> interned_;
  std::vector<std::vector<std::uint32_t>> sets_;
  std::map<std::pair<std::uint32_t, std::string>, std::uint32_t> place_numbers_;
  std::vector<ObjectPath> places_;
  bool clipped_ = false;
};

}  // namespace overreach
