// Git's tree objects: one directory each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/base/result.h"

namespace overreach {

/// The file types that git records, as in `mode & kModeType`.
constexpr std::uint32_t kModeType = 0170000, kModeTree = 0040000, kModeSubmodule = 0160000;

/// One name in a tree. Views into the object.
struct TreeEntry {
  std::uint32_t mode = 0;
  std::string_view name;
  std::string_view id;  // raw
  bool is_tree() const { return (mode & kModeType) == kModeTree; }
  bool is_submodule() const { return (mode & kModeType) == kModeSubmodule; }
};

/// The order in which entries stand in a tree: as bytes compare, a directory as if its name ended in '/'. So a file and
/// a directory of one name may have others between them.
bool before(const TreeEntry& a, const TreeEntry& b);

/// A tree object that can be asked by name. Not copied: the entries point into the bytes.
class Directory {
 public:
  /// No entries.
  Directory() = default;
  /// Takes over the content of a tree object. Error (malformed) when it is cut off.
  static Result<Directory> parse(std::string bytes, std::size_t id_size);
  Directory(Directory&&) = default;
  Directory& operator=(Directory&&) = default;

  /// As they stand there, which is in the order of before() unless git did not write the tree.
  const std::vector<TreeEntry>& entries() const { return entries_; }
  /// The file, link or submodule of this name; null when there is none.
  const TreeEntry* file(std::string_view name) const { return find(name, 0); }
  /// The raw id of the sub-directory `name`; empty when there is none.
  std::string_view subdirectory(std::string_view name) const;

 private:
  const TreeEntry* find(std::string_view name, std::uint32_t mode) const;

  std::unique_ptr<const std::string> bytes_;  // what the entries point into does not move
  std::vector<TreeEntry> entries_;
};

}  // namespace overreach
