// Text with characters written as %41, \x41, \u0041, \n ...
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "scanner/base/span.h"
#include "scanner/match/decode/classes.h"
#include "scanner/match/decode/region.h"

namespace overreach {

/// The escape at the front of `text`: its length in bytes, 0 when there is none. What it says, at most
/// 4 bytes, is appended to `out`.
std::size_t read_percent(std::string_view text, std::string& out);
std::size_t read_backslash(std::string_view text, std::string& out);

/// A character of a word that escapes stand in.
inline bool is_word(char c) { return is_base64(c) || c == '.' || c == '=' || c == '~'; }

/// True for an escape at `at` that could hide a credential: one that spells a letter, digit or mark, or one that
/// hides where a word begins (`\nghp_`, `%3Dghp_`). `%3d` of a format and the `\n` at the end of a string do not.
bool hides(std::string_view text, std::uint64_t at);

/// What may follow a backslash for hides() to be true. Asked for each of them: most escapes of a program's source are
/// the `\n` at the end of a string.
enum class AfterBackslash : std::uint8_t { nothing, anything, word };
inline constexpr std::array<AfterBackslash, 256> kAfterBackslash = [] {
  std::array<AfterBackslash, 256> out{};
  for (const char c : std::string_view("uUx0123456789\"'/\\"))
    out[static_cast<unsigned char>(c)] = AfterBackslash::anything;
  for (const char c : std::string_view("nNrtvfbea")) out[static_cast<unsigned char>(c)] = AfterBackslash::word;
  return out;
}();

/// False where hides() is, told from three bytes; mostly true otherwise.
inline bool may_hide(std::string_view text, std::uint64_t at) {
  if (text.size() - at < 3) return true;
  if (text[at] == '%') return is_hex(text[at + 1]) && is_hex(text[at + 2]);
  const AfterBackslash after = kAfterBackslash[static_cast<unsigned char>(text[at + 1])];
  return after == AfterBackslash::anything || (after == AfterBackslash::word && is_word(text[at + 2]));
}

/// Where the word ends that goes on at `at`: white space, quotes and escapes end it. At most 16 KiB further.
std::uint64_t word_end(std::string_view text, std::uint64_t at);

/// Replaces the escapes of a region of percent or escapes by what they say.
void view_escapes(std::string_view text, const Region& region, View& view);

}  // namespace overreach
