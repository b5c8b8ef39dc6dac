#include "scanner/source/git/inflater.h"

#include <new>

namespace overreach {
namespace {

/// Behind the two bytes of the zlib header (RFC 1950) come a bit for "last block" and two for its kind.
bool is_fixed(std::string_view bytes) {
  return bytes.size() > 2 && ((static_cast<std::uint8_t>(bytes[2]) >> 1U) & 3U) == 1;
}

}  // namespace

bool Inflater::inflate(std::string_view bytes, char* out, std::uint64_t size) const {
  libdeflate_decompressor* decompressor = (is_fixed(bytes) ? fixed_ : other_).get();
  if (decompressor == nullptr) throw std::bad_alloc();
  return libdeflate_zlib_decompress_ex(decompressor, bytes.data(), bytes.size(), out, size, nullptr, nullptr) ==
         LIBDEFLATE_SUCCESS;
}

}  // namespace overreach
