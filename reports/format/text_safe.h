// Bytes from a repository, made safe for a terminal, a JSON string and a URI.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace overreach {

/// What stands at the front of some bytes that should be UTF-8.
struct CodePoint {
  char32_t value = 0;      // the byte itself when it is not valid
  std::size_t length = 1;  // bytes taken; 1 when it is not valid
  bool valid = false;      // shortest form, no surrogate, at most U+10FFFF (RFC 3629)
};

/// Reads the first code point; `bytes` must not be empty.
CodePoint first_code_point(std::string_view bytes);

bool is_valid_utf8(std::string_view bytes);

/// True for what can move the cursor, hide text or turn its direction: C0 and C1 controls, DEL,
/// bidirectional controls, zero-width characters, line separators, tag characters.
bool is_unsafe_to_show(char32_t c);

/// The same text in valid UTF-8: every byte that is not part of it becomes one U+FFFD. For JSON.
std::string valid_utf8(std::string_view bytes);

/// One line that a terminal shows as it is written: what is unsafe to show becomes `\n`, `\x1b` or
/// `\u{202e}`, an invalid byte `\xff`, and so does everything beyond ASCII unless `unicode`
/// (typographic signs get their ASCII form). A backslash of the input stays as it is: the result
/// is for eyes, not to be read back.
std::string printable(std::string_view bytes, bool unicode = true);

/// Columns that printable text takes in a terminal with fixed-width glyphs.
std::size_t display_width(std::string_view text);

/// A relative path as the path of a URI (RFC 3986): all but unreserved characters and '/' are
/// percent-encoded byte by byte, so nothing is lost, whatever the encoding of the name.
std::string percent_encoded(std::string_view path);

/// JSON text in which characters that are unsafe to show are written as \uXXXX: the same value,
/// and `cat report.json` cannot harm. `json` is a dump without line breaks inside strings.
std::string escaped_for_terminal(std::string_view json);

}  // namespace overreach
