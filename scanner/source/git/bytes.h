// Numbers in git's file formats.
#pragma once

#include <cstdint>
#include <string_view>

namespace overreach {

/// The number in `count` bytes at `at`, most significant first. The bytes must be there.
inline std::uint64_t big_endian(std::string_view bytes, std::size_t at, unsigned count) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < count; ++i) value = (value << 8U) | static_cast<std::uint8_t>(bytes[at + i]);
  return value;
}

}  // namespace overreach
