#include "scanner/source/git/ewah.h"

#include <algorithm>
#include <cstdint>

#include "scanner/source/git/bytes.h"

namespace overreach {
namespace {

constexpr std::uint64_t kWordBits = 64;

/// Sets bits from `at` on; false when one of them is not in the bitmap.
bool set_run(std::vector<bool>& bits, std::uint64_t at, std::uint64_t count) {
  if (at > bits.size() || count > bits.size() - at) return false;
  for (std::uint64_t i = at; i < at + count; ++i) bits[i] = true;
  return true;
}

bool set_word(std::vector<bool>& bits, std::uint64_t at, std::uint64_t word) {
  for (std::uint64_t i = 0; word != 0; ++i, word >>= 1U)
    if ((word & 1U) != 0 && !set_run(bits, at + i, 1)) return false;
  return true;
}

/// Words come in runs: a marker (one bit to repeat, 32 bits how many words of it, 31 bits how many plain words
/// follow), then the plain words.
bool read_words(std::string_view words, std::vector<bool>& bits) {
  std::uint64_t at = 0;
  for (std::size_t i = 0; i < words.size(); i += 8) {
    const std::uint64_t marker = big_endian(words, i, 8);
    const std::uint64_t repeated = ((marker >> 1U) & 0xffffffffU) * kWordBits;
    const std::uint64_t plain = marker >> 33U;
    // Git rounds a run of ones up to whole words at the end.
    if ((marker & 1U) != 0 && repeated != 0) {
      const std::uint64_t room = at < bits.size() ? bits.size() - at : 0;
      if (room + kWordBits <= repeated || !set_run(bits, at, std::min(room, repeated))) return false;
    }
    at += repeated;
    for (std::uint64_t k = 0; k < plain; ++k, at += kWordBits) {
      i += 8;
      if (i >= words.size() || !set_word(bits, at, big_endian(words, i, 8))) return false;
    }
  }
  return true;
}

}  // namespace

Result<std::vector<bool>> take_bitmap(std::string_view& bytes, std::size_t size) {
  const auto malformed = [] { return fail(Error::Kind::malformed, "a bitmap is damaged"); };
  if (bytes.size() < 8) return malformed();
  const std::uint64_t length = big_endian(bytes, 4, 4) * 8;  // of the words; the number of bits stands before it
  if (bytes.size() - 8 < length + 4) return malformed();
  std::vector<bool> bits(size);
  if (!read_words(bytes.substr(8, length), bits)) return malformed();
  bytes.remove_prefix(8 + length + 4);  // the position of the last marker stands behind
  return bits;
}

}  // namespace overreach
