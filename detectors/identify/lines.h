// Lines and columns of a blob, in one pass.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "detectors/identify/reading.h"
#include "scanner/base/utf8.h"

namespace overreach {

/// Fills in Reading::at. Reads the blob once from its begin to the last secret, whatever the
/// length of its lines. `readings` must be sorted by secret.
void locate(std::string_view bytes, std::vector<Reading>& readings);

/// What stands left of `reading`'s secret on its line, at most `limit` bytes.
std::string_view left_of(std::string_view bytes, const Reading& reading, std::uint64_t limit);

/// What stands from `from` to the end of its line, at most `limit` bytes, without the line
/// break. Bounded on purpose: a minified file is one line.
std::string_view right_of(std::string_view bytes, std::uint64_t from, std::uint64_t limit);

}  // namespace overreach
