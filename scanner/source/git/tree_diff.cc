#include "scanner/source/git/tree_diff.h"

#include <algorithm>
#include <utility>

namespace overreach {
namespace {

constexpr unsigned kMaxDepth = 512;
constexpr std::size_t kKeptEntries = 200'000;  // of trees in each of two generations: some tens of megabytes

/// A parent's directory, read along with ours: both are sorted.
struct Beside {
  std::shared_ptr<const Directory> directory;
  std::size_t at = 0;

  /// Its entry that stands where `wanted` does; asked for in order.
  const TreeEntry* find(const TreeEntry& wanted) {
    const std::vector<TreeEntry>& entries = directory->entries();
    while (at < entries.size() && before(entries[at], wanted)) ++at;
    return at < entries.size() && entries[at].name == wanted.name ? &entries[at] : nullptr;
  }
};

class Comparison {
 public:
  Comparison(TreeReader& reader, const TreeVisitor& visitor) : reader_(reader), visitor_(visitor) {}

  void descend(std::string_view tree, const std::vector<std::string_view>& parents, const std::string& prefix,
               unsigned depth) {
    if (depth > kMaxDepth) return visitor_.lost(prefix, {Error::Kind::limit, "directories nest too deeply"});
    const Result<std::shared_ptr<const Directory>> ours = reader_.open(tree);
    if (!ours) return visitor_.lost(prefix, ours.error());
    std::vector<Beside> beside;
    for (const std::string_view parent : parents)
      if (Result<std::shared_ptr<const Directory>> theirs = reader_.open(parent))
        beside.push_back({std::move(*theirs)});
    std::vector<std::string_view> below;
    for (const TreeEntry& entry : (*ours)->entries()) {
      below.clear();
      bool shared = false;
      for (Beside& other : beside) {
        const TreeEntry* theirs = other.find(entry);
        if (theirs == nullptr) continue;
        shared = shared || theirs->id == entry.id;
        if (theirs->is_tree()) below.push_back(theirs->id);
      }
      if (shared) continue;
      const std::string path = prefix + std::string(entry.name);
      if (entry.is_tree())
        descend(entry.id, below, path + "/", depth + 1);
      else
        visitor_.fresh(path, entry);
    }
  }

 private:
  TreeReader& reader_;
  const TreeVisitor& visitor_;
};

}  // namespace

Result<std::shared_ptr<const Directory>> TreeReader::open(std::string_view raw_id) {
  const std::string id(raw_id);
  if (const auto it = recent_.find(id); it != recent_.end()) return it->second;
  std::shared_ptr<const Directory> directory;
  if (const auto it = older_.find(id); it != older_.end()) {
    directory = it->second;
  } else {
    Result<Object> object = store_.read(raw_id);
    if (!object) return tl::unexpected(object.error());
    if (object->type != ObjectType::tree) return fail(Error::Kind::malformed, "it is no directory");
    Result<Directory> parsed = Directory::parse(std::move(object->bytes), raw_id.size());
    if (!parsed) return tl::unexpected(parsed.error());
    directory = std::make_shared<Directory>(std::move(*parsed));
  }
  size_ += 1 + directory->entries().size();
  if (size_ > kKeptEntries) {
    older_ = std::exchange(recent_, {});
    size_ = 1 + directory->entries().size();
  }
  recent_.emplace(id, directory);
  return directory;
}

std::string TreeReader::blob_at(std::string_view tree, std::string_view path) {
  std::string id(tree);
  while (!id.empty()) {
    const Result<std::shared_ptr<const Directory>> directory = open(id);
    if (!directory) return {};
    const std::size_t slash = path.find('/');
    if (slash == std::string_view::npos) {
      const TreeEntry* entry = (*directory)->file(path);
      return entry == nullptr ? std::string() : std::string(entry->id);
    }
    id = (*directory)->subdirectory(path.substr(0, slash));
    path.remove_prefix(slash + 1);
  }
  return id;
}

void compare_trees(TreeReader& reader, std::string_view tree, const std::vector<std::string_view>& parents,
                   const TreeVisitor& visitor) {
  Comparison(reader, visitor).descend(tree, parents, "", 0);
}

}  // namespace overreach
