#include "scanner/source/tree_object.h"

#include <algorithm>
#include <charconv>

namespace overreach {
namespace {

bool by_name(const TreeEntry& a, const TreeEntry& b) { return a.name < b.name; }

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

Result<Directory> Directory::parse(std::string bytes, std::size_t id_size) {
  Directory out;
  out.bytes_.assign(bytes.begin(), bytes.end());
  std::string_view rest(out.bytes_.data(), out.bytes_.size());
  while (!rest.empty()) {
    out.entries_.emplace_back();
    if (!take_entry(rest, id_size, out.entries_.back())) return fail(Error::Kind::malformed, "the tree is damaged");
  }
  // Mostly they are: git sorts a directory as if its name ended in a slash.
  if (!std::is_sorted(out.entries_.begin(), out.entries_.end(), by_name))
    std::sort(out.entries_.begin(), out.entries_.end(), by_name);
  return out;
}

const TreeEntry* Directory::find(std::string_view name) const {
  const auto it = std::lower_bound(entries_.begin(), entries_.end(), TreeEntry{0, name, {}}, by_name);
  return it != entries_.end() && it->name == name ? &*it : nullptr;
}

std::string_view Directory::subdirectory(std::string_view name) const {
  const TreeEntry* entry = find(name);
  return entry != nullptr && entry->is_tree() ? entry->id : std::string_view();
}

}  // namespace overreach
