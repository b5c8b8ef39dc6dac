#include "scanner/source/unpack/container.h"

#include <algorithm>

namespace overreach {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kNotebookEnd = 512;

bool is_zip(std::string_view b) {
  return b.starts_with("PK\3\4"sv) || b.starts_with("PK\5\6"sv) || b.starts_with("PK\7\10PK"sv);
}

/// The three bytes after the magic of gzip and bzip2 rule out most of what only begins like them.
bool is_compressed(std::string_view b) {
  if (b.starts_with("\x1f\x8b\x08"sv)) return b.size() > 3 && (static_cast<unsigned char>(b[3]) & 0xe0U) == 0;
  if (b.starts_with("BZh")) return b.size() > 9 && b[3] >= '1' && b[3] <= '9' && (b[4] == '1' || b[4] == '\x17');
  return b.starts_with(
             "\xfd"
             "7zXZ\0"sv) ||
         b.starts_with("\x28\xb5\x2f\xfd"sv);
}

bool is_notebook(std::string_view b) {
  if (b.substr(0, 1) != "{" || b.size() < 20) return false;
  constexpr auto key = "\"nbformat\""sv;
  return b.substr(b.size() - std::min(b.size(), kNotebookEnd)).find(key) != std::string_view::npos ||
         b.substr(0, kNotebookEnd).find(key) != std::string_view::npos;
}

}  // namespace

Container container_of(std::string_view b) {
  if (is_zip(b)) return Container::zip;
  if (is_compressed(b)) return Container::compressed;
  if (b.starts_with("7z\xbc\xaf\x27\x1c"sv)) return Container::seven_zip;
  if (b.starts_with("SQLite format 3\0"sv)) return Container::sqlite;
  if (b.size() >= 512 && b.substr(257, 5) == "ustar") return Container::tar;
  return is_notebook(b) ? Container::notebook : Container::none;
}

}  // namespace overreach
