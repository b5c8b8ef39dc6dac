#include "scanner/source/git/loose.h"

#include <fcntl.h>
#include <libdeflate.h>

#include <algorithm>
#include <charconv>

#include "scanner/base/handle.h"
#include "scanner/source/file.h"

namespace overreach {
namespace {

constexpr std::size_t kLongestHeader = 32;

/// libdeflate wants to know the size, which is written in what it is to inflate: guess, and double.
Result<std::string> inflate(std::string_view compressed) {
  const Handle<libdeflate_decompressor, libdeflate_free_decompressor> inflater(libdeflate_alloc_decompressor());
  std::string out(std::max<std::size_t>(compressed.size() * 4, 4096), '\0');
  while (out.size() <= 2 * kMaxFileSize) {
    std::size_t size = 0;
    const libdeflate_result status =
        libdeflate_zlib_decompress(inflater.get(), compressed.data(), compressed.size(), out.data(), out.size(), &size);
    if (status == LIBDEFLATE_SUCCESS) {
      out.resize(size);
      return out;
    }
    if (status != LIBDEFLATE_INSUFFICIENT_SPACE) return fail(Error::Kind::malformed, "damaged compressed data");
    out.assign(out.size() * 2, '\0');
  }
  return fail(Error::Kind::limit, "larger than 256 MiB");
}

ObjectType type_of(std::string_view name) {
  if (name == "blob") return ObjectType::blob;
  if (name == "tree") return ObjectType::tree;
  if (name == "commit") return ObjectType::commit;
  if (name == "tag") return ObjectType::tag;
  return ObjectType::unknown;
}

}  // namespace

Result<Object> read_loose(const std::filesystem::path& file) {
  std::string buffer;
  const Result<std::string_view> compressed = read_file(AT_FDCWD, file.c_str(), buffer);
  if (!compressed) return tl::unexpected(compressed.error());
  Result<std::string> bytes = inflate(*compressed);
  if (!bytes) return tl::unexpected(bytes.error());
  // "blob 1234\0" and then the content.
  const std::string_view header = std::string_view(*bytes).substr(0, kLongestHeader);
  const std::size_t space = header.find(' ');
  const std::size_t end = header.find('\0');
  std::uint64_t size = 0;
  if (space == std::string_view::npos || end == std::string_view::npos || end < space)
    return fail(Error::Kind::malformed, "damaged object header");
  std::from_chars(header.data() + space + 1, header.data() + end, size);
  const ObjectType type = type_of(header.substr(0, space));
  if (type == ObjectType::unknown || size != bytes->size() - end - 1)
    return fail(Error::Kind::malformed, "damaged object header");
  bytes->erase(0, end + 1);
  return Object{type, std::move(*bytes)};
}

}  // namespace overreach
