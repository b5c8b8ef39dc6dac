#include "scanner/source/git/staged.h"

#include <algorithm>
#include <utility>

#include "scanner/base/hash.h"
#include "scanner/source/git/tree_object.h"

namespace overreach {
namespace {

constexpr unsigned kMaxDepth = 512;

/// One comparison: goes through the index from front to back, down into directories that differ.
class Comparison {
 public:
  Comparison(const IndexFile& index, const ReadTree& read, Tally& tally)
      : index_(index), entries_(index.entries()), read_(read), tally_(tally) {}

  std::vector<StagedFile> run(std::string_view head_tree) {
    while (at_ < entries_.size() && !damaged_)
      look_into(0, head_tree, index_.directories().empty() ? nullptr : &index_.directories()[0], 0);
    while (at_ < entries_.size()) take_without_comparing();
    return std::move(out_);
  }

 private:
  using Cached = std::vector<const CachedDirectory*>;

  void look_into(std::size_t prefix_size, std::string_view head, const CachedDirectory* cached, unsigned depth);
  void compare(std::size_t prefix_size, const Directory& head, const Cached& cached, unsigned depth);
  void compare_file(const TreeEntry* head);
  void take_without_comparing();
  void compare_trees(const std::string& prefix, std::string_view tree, std::string_view head, unsigned depth);
  bool skip_unchanged(std::string_view prefix, std::string_view head, const CachedDirectory& cached);
  bool in_order();
  Directory open(std::string_view prefix, std::string_view tree);
  Cached below(const CachedDirectory* cached) const;

  const IndexFile& index_;
  const std::vector<IndexFile::Entry>& entries_;
  const ReadTree& read_;
  Tally& tally_;
  std::size_t at_ = 0;  // the entry to be compared next
  bool damaged_ = false;
  std::vector<StagedFile> out_;
};

/// Git wrote the directory to the tree that HEAD has: all its entries are as in HEAD.
bool Comparison::skip_unchanged(std::string_view prefix, std::string_view head, const CachedDirectory& cached) {
  if (cached.entries <= 0 || std::string_view(cached.tree, index_.id_size()) != head) return false;
  const auto count = static_cast<std::uint64_t>(cached.entries);
  if (count > entries_.size() - at_) return false;
  const std::size_t end = at_ + count;
  if (!entries_[end - 1].path.starts_with(prefix)) return false;
  if (end < entries_.size() && entries_[end].path.starts_with(prefix)) return false;
  at_ = end;
  return true;
}

/// The tree's entries; none, and named, when it cannot be read.
Directory Comparison::open(std::string_view prefix, std::string_view tree) {
  if (tree.empty()) return {};
  Result<Directory> read =
      read_(tree).and_then([&](std::string bytes) { return Directory::parse(std::move(bytes), index_.id_size()); });
  if (read) return std::move(*read);
  tally_.skip(prefix.empty() ? hex(tree) : std::string(prefix), read.error().message, true);
  return {};
}

/// What git has noted of the directories right below, by name.
Comparison::Cached Comparison::below(const CachedDirectory* cached) const {
  Cached out;
  if (cached == nullptr) return out;
  const CachedDirectory* all = index_.directories().data();
  for (const CachedDirectory* child = cached + 1; child < all + cached->end; child = all + child->end)
    out.push_back(child);
  std::sort(out.begin(), out.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
  return out;
}

/// Takes all entries that have the next entry's first `prefix_size` bytes: a directory, with '/', or everything.
void Comparison::look_into(std::size_t prefix_size, std::string_view head, const CachedDirectory* cached,
                           unsigned depth) {
  const std::string_view prefix = entries_[at_].path.substr(0, prefix_size);
  if (cached != nullptr && skip_unchanged(prefix, head, *cached)) return;
  if (depth > kMaxDepth) head = {};  // without comparing all is new
  compare(prefix_size, open(prefix, head), below(cached), depth);
}

void Comparison::compare(std::size_t prefix_size, const Directory& head, const Cached& cached, unsigned depth) {
  const std::string_view prefix = entries_[at_].path.substr(0, prefix_size);
  while (at_ < entries_.size() && entries_[at_].path.starts_with(prefix) && in_order()) {
    const IndexFile::Entry& entry = entries_[at_];
    const std::string_view rest = entry.path.substr(prefix_size);
    const std::size_t slash = rest.find('/');
    const std::string_view name = rest.substr(0, slash);
    if (slash == std::string_view::npos || depth > kMaxDepth) {
      compare_file(head.file(name));
    } else if (slash + 1 == rest.size()) {  // a directory outside a sparse check-out
      compare_trees(std::string(entry.path), index_.id(entry), head.subdirectory(name), depth + 1);
      ++at_;
    } else {
      const auto known = std::lower_bound(cached.begin(), cached.end(), name,
                                          [](const auto* a, std::string_view b) { return a->name < b; });
      const bool found = known != cached.end() && (*known)->name == name;
      look_into(prefix_size + slash + 1, head.subdirectory(name), found ? *known : nullptr, depth + 1);
    }
  }
}

void Comparison::compare_file(const TreeEntry* head) {
  const IndexFile::Entry& entry = entries_[at_++];
  if (entry.stage != 0) {
    while (at_ < entries_.size() && entries_[at_].path == entry.path) ++at_;
    return tally_.skip(std::string(entry.path), "merge conflict in the index", true);
  }
  if (entry.intent_to_add) return;
  if (head != nullptr && head->mode == entry.mode && head->id == index_.id(entry)) return;
  if ((entry.mode & kModeType) == kModeSubmodule)
    tally_.skip(std::string(entry.path), "submodule, not descended", false);
  else
    out_.push_back({std::string(entry.path), std::string(index_.id(entry)), entry.mode});
}

void Comparison::take_without_comparing() {
  const IndexFile::Entry& entry = entries_[at_];
  if ((entry.mode & kModeType) != kModeTree) return compare_file(nullptr);
  ++at_;
  compare_trees(std::string(entry.path), index_.id(entry), {}, 0);
}

/// What the tree object `tree` has that `head` (empty: none) has not. `prefix` ends in '/'.
void Comparison::compare_trees(const std::string& prefix, std::string_view tree, std::string_view head,
                               unsigned depth) {
  if (tree == head) return;
  if (depth > kMaxDepth) return tally_.skip(prefix, "directories nest too deeply", true);
  const Directory ours = open(prefix, tree);
  const Directory theirs = open(prefix, head);
  for (const TreeEntry& entry : ours.entries()) {
    const std::string path = prefix + std::string(entry.name);
    const TreeEntry* other = theirs.file(entry.name);
    if (entry.is_tree())
      compare_trees(path + "/", entry.id, theirs.subdirectory(entry.name), depth + 1);
    else if (other != nullptr && other->mode == entry.mode && other->id == entry.id)
      continue;
    else if (entry.is_submodule())
      tally_.skip(path, "submodule, not descended", false);
    else
      out_.push_back({path, std::string(entry.id), entry.mode});
  }
}

/// A file that is not sorted could make us compare one directory again and again.
bool Comparison::in_order() {
  if (at_ == 0 || entries_[at_ - 1].path < entries_[at_].path ||
      (entries_[at_ - 1].path == entries_[at_].path && entries_[at_ - 1].stage < entries_[at_].stage))
    return !damaged_;
  if (!std::exchange(damaged_, true))
    tally_.skip("index", "the index is damaged: its entries are out of order; all behind count as new", true);
  return false;
}

}  // namespace

std::vector<StagedFile> staged_files(const IndexFile& index, std::string_view head_tree, const ReadTree& read,
                                     Tally& tally) {
  return Comparison(index, read, tally).run(head_tree);
}

}  // namespace overreach
