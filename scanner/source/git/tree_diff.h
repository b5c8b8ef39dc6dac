// Which files a commit brings that its parents do not have.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "scanner/source/git/object_store.h"
#include "scanner/source/git/tree_object.h"

namespace overreach {

/// Reads tree objects and keeps those read last: the trees of one commit are mostly those of the next. For one thread.
class TreeReader {
 public:
  explicit TreeReader(const ObjectStore& store) : store_(store) {}

  Result<std::shared_ptr<const Directory>> open(std::string_view raw_id);
  /// The raw id of the blob at `path` below `tree` (raw id); empty when there is none, or it cannot be read.
  std::string blob_at(std::string_view tree, std::string_view path);

 private:
  using Kept = std::unordered_map<std::string, std::shared_ptr<const Directory>>;

  const ObjectStore& store_;
  Kept recent_, older_;
  std::size_t size_ = 0;  // entries in recent_
};

/// Told what a comparison finds.
struct TreeVisitor {
  /// A blob, link or submodule that no parent has at this path.
  std::function<void(const std::string& path, const TreeEntry& entry)> fresh;
  /// A directory that cannot be read; its path ends in '/', empty for the root.
  std::function<void(const std::string& path, const Error& error)> lost;
};

/// Visits what `tree` has and none of `parents` (raw ids of trees) has at the same path with the same content.
/// Directories that a parent shares are skipped unread; a parent's directory that cannot be read counts as empty.
void compare_trees(TreeReader& reader, std::string_view tree, const std::vector<std::string_view>& parents,
                   const TreeVisitor& visitor);

}  // namespace overreach
