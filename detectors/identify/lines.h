// Lines and columns of a blob, in one pass.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "detectors/identify/reading.h"

namespace overreach {

/// UTF-16 code units of `bytes`. A byte that is not part of valid UTF-8 counts as one unit.
std::uint64_t utf16_length(std::string_view bytes);

/// Bytes of the character at the front of `bytes`: 1 to 4, and 1 where it is not valid UTF-8.
/// `valid` says which. `bytes` must not be empty.
std::size_t character_length(std::string_view bytes, bool& valid);

/// Fills in Reading::at. Reads the blob once from its begin to the last secret, whatever the
/// length of its lines. `readings` must be sorted by secret.
void locate(std::string_view bytes, std::vector<Reading>& readings);

/// What stands left of `reading`'s secret on its line, at most `limit` bytes.
std::string_view left_of(std::string_view bytes, const Reading& reading, std::uint64_t limit);

/// What stands from `from` to the end of its line, at most `limit` bytes, without the line
/// break. Bounded on purpose: a minified file is one line.
std::string_view right_of(std::string_view bytes, std::uint64_t from, std::uint64_t limit);

}  // namespace overreach
