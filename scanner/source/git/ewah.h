// Git's compressed bitmaps.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "scanner/base/result.h"

namespace overreach {

/// Reads one EWAH bitmap off the front of `bytes` (format: gitformat-bitmap) as `size` bits. Error (malformed) when it
/// is cut off or sets a bit at or behind `size`.
Result<std::vector<bool>> take_bitmap(std::string_view& bytes, std::size_t size);

}  // namespace overreach
