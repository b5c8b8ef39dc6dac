#include "scanner/match/decode/inflate.h"

#include <libdeflate.h>

#include "scanner/base/handle.h"

namespace overreach {
namespace {

using Decompressor = Handle<libdeflate_decompressor, libdeflate_free_decompressor>;

}  // namespace

bool inflate_gzip(std::string_view packed, std::string& out) {
  out.resize(packed.size() * kMostGrowth);
  const Decompressor decompressor(libdeflate_alloc_decompressor());
  std::size_t used = 0, made = 0;
  const libdeflate_result result = decompressor == nullptr
                                       ? LIBDEFLATE_BAD_DATA
                                       : libdeflate_gzip_decompress_ex(decompressor.get(), packed.data(), packed.size(),
                                                                       out.data(), out.size(), &used, &made);
  out.resize(result == LIBDEFLATE_SUCCESS ? made : 0);
  return result != LIBDEFLATE_INSUFFICIENT_SPACE;
}

}  // namespace overreach
