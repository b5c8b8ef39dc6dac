// Unicode: UTF-8 out of code points, and of text in two or four bytes a character.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace overreach {

/// Appends the UTF-8 form; U+FFFD for what is no character.
void append_utf8(std::string& out, std::uint32_t code);

/// The text as UTF-8 when all of `bytes` is UTF-16 or UTF-32: it begins with a byte order mark, or nearly every
/// character of its first 8,000 bytes is ASCII in that form. Unpaired surrogates become U+FFFD. Looks at four bytes
/// of anything else. At most 1.5 bytes a byte.
std::optional<std::string> wide_to_utf8(std::string_view bytes);

}  // namespace overreach
