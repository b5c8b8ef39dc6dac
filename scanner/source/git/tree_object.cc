#include "scanner/source/git/tree_object.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace overreach {
namespace {

/// Mode in octal, a space, the name, NUL, the id.
bool take_entry(std::string_view& rest, std::size_t id_size, TreeEntry& entry) {
  const char* const end = rest.data() + rest.size();
  const auto [stop, error] = std::from_chars(rest.data(), end, entry.mode, 8);
  if (error != std::errc() || stop == end || *stop != ' ') return false;
  rest.remove_prefix(static_cast<std::size_t>(stop - rest.data()) + 1);
  const std::size_t length = rest.find('\0');
  if (length == std::string_view::npos || rest.size() - length - 1 < id_size) return false;
  entry.name = rest.substr(0, length);
  entry.id = rest.substr(length + 1, id_size);
  rest.remove_prefix(length + 1 + id_size);
  return true;
}

}  // namespace

bool before(const TreeEntry& a, const TreeEntry& b) {
  const std::size_t common = std::min(a.name.size(), b.name.size());
  if (const int order = a.name.compare(0, common, b.name, 0, common); order != 0) return order < 0;
  const auto next = [&](const TreeEntry& entry) -> unsigned {
    if (entry.name.size() > common) return static_cast<std::uint8_t>(entry.name[common]);
    return entry.is_tree() ? '/' : 0;
  };
  return next(a) < next(b);
}

Result<Directory> Directory::parse(std::string bytes, std::size_t id_size) {
  Directory out;
  out.bytes_ = std::make_unique<const std::string>(std::move(bytes));
  for (std::string_view rest = *out.bytes_; !rest.empty();) {
    out.entries_.emplace_back();
    if (!take_entry(rest, id_size, out.entries_.back())) return fail(Error::Kind::malformed, "the tree is damaged");
  }
  return out;
}

const TreeEntry* Directory::find(std::string_view name, std::uint32_t mode) const {
  const auto it = std::lower_bound(entries_.begin(), entries_.end(), TreeEntry{mode, name, {}}, before);
  const bool tree = mode == kModeTree;
  return it != entries_.end() && it->name == name && it->is_tree() == tree ? &*it : nullptr;
}

std::string_view Directory::subdirectory(std::string_view name) const {
  const TreeEntry* entry = find(name, kModeTree);
  return entry != nullptr ? entry->id : std::string_view();
}

}  // namespace overreach
