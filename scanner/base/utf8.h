// Characters and columns of text that may not be valid UTF-8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace overreach {

/// Bytes of the character at the front of `bytes`: 1 to 4, and 1 where it is not valid UTF-8.
/// `valid` says which. `bytes` must not be empty.
std::size_t character_length(std::string_view bytes, bool& valid);

/// UTF-16 code units of `bytes`. A byte that is not part of valid UTF-8 counts as one unit.
std::uint64_t utf16_length(std::string_view bytes);

}  // namespace overreach
