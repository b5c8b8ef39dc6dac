// All directories of a repository, turned round: from an object to the trees that hold it.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/source/git/entry_table.h"
#include "scanner/source/git/id_filter.h"
#include "scanner/source/git/id_table.h"
#include "scanner/source/git/objects.h"

namespace overreach {

/// Every tree object of a repository, read once along the deltas.
///
/// A tree that derives from another one has most of its entries. Kept are, for each tree, the entries that its delta
/// brought and the runs of entries it took over; so a pass over all trees of a long history looks at a few
/// numbers a tree. Memory: about 20 bytes for each new entry, and 40 for each distinct one. Immutable after
/// construction.
class TreeIndex {
 public:
  /// A tree has an entry for a wanted object.
  struct Hit {
    std::uint32_t tree = 0;    // number of the tree
    std::uint32_t target = 0;  // number of the object in the table of wanted ones
    std::string_view name;     // of the entry; borrowed from the index
  };
  /// Reads with `workers` threads; damaged trees are named in `tally`.
  TreeIndex(Objects& objects, unsigned workers, Tally& tally);

  /// All entries, in all trees, for objects of `wanted`.
  std::vector<Hit> find(const IdTable& wanted) const;
  /// Raw id of a tree.
  std::string_view id(std::uint32_t tree) const;
  std::uint32_t size() const { return size_; }
  /// False when no tree has this one as a directory, so that nothing lies above it; mostly true otherwise.
  bool may_be_directory(std::string_view raw_id) const { return directories_->may_have(raw_id); }
  /// Objects that some tree names and that are not in the repository (raw ids); submodules do not count.
  const std::set<std::string>& missing() const { return missing_; }
  /// Names of submodules, without the directories above them.
  const std::set<std::string>& submodules() const { return submodules_; }

 private:
  using DirectoryFilter = IdFilter<std::size_t{1} << 23U>;
  /// Entries [from, from + count) of the base are entries [at, at + count).
  struct Run {
    std::uint32_t from = 0, count = 0, at = 0;
  };
  struct Row {
    std::uint32_t base = 0;  // row in the same part
    std::uint32_t first_run = 0, first_entry = 0;
  };
  /// What one thread has read: bases come before the trees that derive from them.
  struct Part {
    explicit Part(std::size_t id_size) : entries(id_size) {}
    std::uint32_t first = 0;  // number of the tree in row 0
    std::string ids;          // of the trees
    std::vector<Row> rows;    // one more than trees
    std::vector<Run> runs;
    std::vector<std::uint32_t> places;   // of new entries: which entry of the tree
    std::vector<std::uint32_t> brought;  // parallel: its number in `entries`
    EntryTable entries;
    std::vector<std::uint32_t> foreign;  // entries that name a commit of a submodule: it lies elsewhere
    std::set<std::string> missing, submodules;
    std::unique_ptr<DirectoryFilter> directories = std::make_unique<DirectoryFilter>();
    std::vector<std::vector<std::uint32_t>> spare;  // of layouts that are gone: allocating them costs more than filling
  };
  struct Layout;  // where the entries of a tree lie

  static void read(const Blob& tree, std::size_t id_size, Part& part, Tally& tally);
  static bool split(const Blob& tree, std::size_t id_size, Part& part, Layout& layout);
  static void bring(std::string_view entry, std::size_t id_size, Part& part);
  static void find_missing(const ObjectStore& store, Part& part);
  void find_in(const Part& part, const IdTable& wanted, std::vector<Hit>& out) const;

  std::size_t id_size_;
  std::uint32_t size_ = 0;
  std::vector<Part> parts_;
  std::unique_ptr<DirectoryFilter> directories_;
  std::set<std::string> missing_, submodules_;
};

}  // namespace overreach
