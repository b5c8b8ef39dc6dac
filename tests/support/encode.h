// Encoders for tests: what the decoders undo.
#pragma once

#include <string>
#include <string_view>

namespace overreach::testing {

/// RFC 4648 with padding; `url`: the alphabet of section 5, without.
std::string base64(std::string_view bytes, bool url = false);
/// Lower-case digits.
std::string hex_of(std::string_view bytes);
/// Every byte as %41.
std::string percent_of(std::string_view bytes);
/// Every byte as \u0041.
std::string unicode_of(std::string_view bytes);
/// ASCII as units of `width` bytes, the low byte first or last, without a mark.
std::string wide(std::string_view ascii, unsigned width, bool little = true);
/// A line break after every `width` characters.
std::string wrap(std::string_view text, std::size_t width, std::string_view line_break = "\n");
/// As the inside of a JSON string: quotes, backslashes and line breaks escaped.
std::string json_inside(std::string_view text);

}  // namespace overreach::testing
