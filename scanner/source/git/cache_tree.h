// What git remembers of the directories of an index: the TREE extension.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace overreach {

/// A directory of the index, and the tree object that git last made of it.
struct CachedDirectory {
  std::string_view name;           // last component; empty for the root
  std::int64_t entries = -1;       // of the index, below it; -1: something has changed since
  const char* tree = nullptr;      // raw id of the tree object; null when `entries` is -1
  std::uint32_t subdirectories{};  // right below it that are known
  std::uint32_t end = 0;           // the first directory behind it and all below it
};

/// Reads the extension: directories in preorder, each followed by those below it; views into `bytes`. Empty when it
/// is malformed or nests deeper than 512: it only saves work.
std::vector<CachedDirectory> read_cache_tree(std::string_view bytes, std::size_t id_size);

}  // namespace overreach
