// Text with characters written as %41, \x41, \u0041, \n ...
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "scanner/base/span.h"
#include "scanner/match/decode/region.h"

namespace overreach {

/// The escape at the front of `text`: its length in bytes, 0 when there is none. What it says, at most
/// 4 bytes, is appended to `out`.
std::size_t read_percent(std::string_view text, std::string& out);
std::size_t read_backslash(std::string_view text, std::string& out);

/// True for an escape at `at` that could hide a credential: one that spells a letter, digit or mark, or one that
/// hides where a word begins (`\nghp_`, `%3Dghp_`). `%3d` of a format and the `\n` at the end of a string do not.
bool hides(std::string_view text, std::uint64_t at);

/// Where the word ends that goes on at `at`: white space, quotes and escapes end it. At most 16 KiB further.
std::uint64_t word_end(std::string_view text, std::uint64_t at);

/// Replaces the escapes of a region of percent or escapes by what they say.
void view_escapes(std::string_view text, const Region& region, View& view);

}  // namespace overreach
