#include "scanner/source/git/cache_tree.h"

#include <charconv>

namespace overreach {
namespace {

constexpr std::size_t kMaxDepth = 512;

/// A decimal number that `end` follows; false when there is none.
template <class Number>
bool take_number(std::string_view& rest, char end, Number& number) {
  const std::size_t length = rest.find(end);
  if (length == std::string_view::npos) return false;
  const auto [stop, error] = std::from_chars(rest.data(), rest.data() + length, number);
  if (error != std::errc() || stop != rest.data() + length) return false;
  rest.remove_prefix(length + 1);
  return true;
}

/// One directory: name, NUL, entries, ' ', sub-directories, LF, and the id unless entries is negative.
bool take_directory(std::string_view& rest, std::size_t id_size, CachedDirectory& out) {
  const std::size_t length = rest.find('\0');
  if (length == std::string_view::npos) return false;
  out.name = rest.substr(0, length);
  rest.remove_prefix(length + 1);
  if (!take_number(rest, ' ', out.entries) || !take_number(rest, '\n', out.subdirectories)) return false;
  if (out.entries < 0) return true;
  if (rest.size() < id_size) return false;
  out.tree = rest.data();
  rest.remove_prefix(id_size);
  return true;
}

}  // namespace

std::vector<CachedDirectory> read_cache_tree(std::string_view bytes, std::size_t id_size) {
  struct Open {
    std::size_t directory;
    std::uint32_t missing;  // sub-directories still to come
  };
  std::vector<CachedDirectory> out;
  std::vector<Open> open;
  do {
    CachedDirectory directory;
    if (!take_directory(bytes, id_size, directory) || open.size() >= kMaxDepth) return {};
    if (!open.empty()) --open.back().missing;
    out.push_back(directory);
    open.push_back({out.size() - 1, directory.subdirectories});
    while (!open.empty() && open.back().missing == 0) {
      out[open.back().directory].end = static_cast<std::uint32_t>(out.size());
      open.pop_back();
    }
  } while (!open.empty());
  return bytes.empty() ? out : std::vector<CachedDirectory>{};
}

}  // namespace overreach
