// Inflates the entries of packs.
#pragma once

#include <libdeflate.h>

#include <cstdint>
#include <string_view>

#include "scanner/base/handle.h"

namespace overreach {

/// One for each thread.
///
/// Half of the entries of a pack are so small that zlib wrote them with the fixed code of RFC 1951, section 3.2.6. Its
/// tables are the same each time, and libdeflate keeps them until it meets a code of another kind; so the fixed entries
/// have a decompressor of their own. Building tables takes longer than inflating a hundred bytes.
class Inflater {
 public:
  /// Fills `out` with what the zlib stream at the beginning of `bytes` says. False at damage, and when that is not
  /// exactly `size` bytes.
  bool inflate(std::string_view bytes, char* out, std::uint64_t size) const;

 private:
  using Decompressor = Handle<libdeflate_decompressor, libdeflate_free_decompressor>;
  Decompressor fixed_{libdeflate_alloc_decompressor()};
  Decompressor other_{libdeflate_alloc_decompressor()};
};

}  // namespace overreach
