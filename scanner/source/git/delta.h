// Git's delta format: a blob written as copies from a base and new bytes.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "scanner/base/result.h"
#include "scanner/source/source.h"

namespace overreach {

/// A delta, read. Segments are in order and without gaps; neighbouring copies of neighbouring
/// bytes are one segment. `data` holds the offsets of the new bytes of each segment in the delta.
struct Delta {
  std::uint64_t base_size = 0;
  std::uint64_t size = 0;  // of the result
  std::vector<Segment> segments;
  std::vector<std::uint64_t> data;  // parallel to segments; meaningless for copies

  /// Reads `delta` for a base of `base` bytes; reuses the vectors. Error (malformed) unless every
  /// copy lies in the base and the result has the size it claims.
  Result<void> parse(std::string_view delta, std::uint64_t base);
};

/// Writes the result of `delta` (parsed into `parsed`) on `base` to `out`, which has room for
/// parsed.size bytes and does not overlap either.
void apply(const Delta& parsed, std::string_view delta, std::string_view base, char* out);

}  // namespace overreach
