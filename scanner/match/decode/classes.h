// Which bytes of a text could belong to something encoded.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "scanner/base/alphabet.h"

namespace overreach {

/// One bit for each of 64 bytes, the first one lowest. Not initialised: rows of them are made for a few bytes.
struct ClassMask {
  std::uint64_t plain;   // [0-9A-Za-z]
  std::uint64_t word;    // of an alphabet of base64: [0-9A-Za-z+/_-]
  std::uint64_t token;   // what credentials are made of: [0-9A-Za-z+/_.%=~-]
  std::uint64_t brace;   // '{'
  std::uint64_t escape;  // '\' or '%'
  std::uint64_t nul;
};

constexpr std::size_t kMaskBytes = 64;

/// Instructions to do it with.
enum class Vectors : std::uint8_t { none, avx2, avx512 };

/// The best that this processor has.
Vectors best_vectors();

/// Fills out[0] to out[(bytes.size() - 1) / 64]; bits beyond the end are 0. `with` must not be more than
/// best_vectors().
void classify(std::string_view bytes, ClassMask* out, Vectors with);

inline constexpr std::array<std::uint8_t, 256> kHexValue = [] {
  std::array<std::uint8_t, 256> out{};
  out.fill(255);
  for (unsigned i = 0; i < 10; ++i) out['0' + i] = static_cast<std::uint8_t>(i);
  for (unsigned i = 0; i < 6; ++i) out['a' + i] = out['A' + i] = static_cast<std::uint8_t>(10 + i);
  return out;
}();

/// 0 to 15; of a byte that is no digit something else, at most 255.
inline unsigned hex_value(char c) { return kHexValue[static_cast<unsigned char>(c)]; }
inline bool is_hex(char c) { return hex_value(c) < 16; }

}  // namespace overreach
