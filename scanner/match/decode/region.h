// What the decoders say: where encoded text stands, what it says, and which byte came from where.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/base/span.h"

namespace overreach {

/// How text can be encoded inside other text.
enum class Encoding : std::uint8_t {
  base64,   // RFC 4648, both alphabets, with or without padding, also over several lines
  hex,      // pairs of digits, also over several lines
  percent,  // %41
  escapes,  // backslashes: \n \" \/ \\ \x41 \101 \u0041 \u{41} \U00000041
  utf16,    // ASCII in two bytes each, either order, without a mark
  utf32,    // the same in four bytes
};

/// "base64", "hex", "percent", "escapes", "UTF-16", "UTF-32".
std::string_view to_string(Encoding how);

/// A run of encoded text. What a region is follows from the bytes of `context` and of the lines they
/// stand on, and from nothing else.
struct Region {
  Span span;     // the encoded text; groups begin at its first byte
  Span context;  // the same and its neighbourhood: `TOKEN: ` says what the value is
  Span owned;    // of a run that was cut in windows: where matches of this one begin. Windows overlap
  Encoding how = Encoding::base64;
  bool packed = false;   // base64: the bytes are a gzip stream
  bool limited = false;  // something in it hit a limit and was not read
  auto operator<=>(const Region&) const = default;
};

/// A stretch of decoded text in which every `out` bytes came from `in` bytes.
struct Stretch {
  std::uint64_t at = 0;    // offset in the decoded text
  std::uint64_t from = 0;  // offset in the encoded text
  std::uint32_t in = 1;
  std::uint32_t out = 1;
  bool copied = false;  // the bytes are as they were
};

/// A region with its encoded text replaced by what it says.
struct View {
  std::string text;
  std::vector<Stretch> pieces;  // sorted, without gaps, the first one at 0
  std::uint64_t end = 0;        // where the source of the last piece ends
  bool limited = false;         // packed bytes that would have grown beyond the limit

  void clear();
  /// The bytes that `span` of the text was read from.
  Span source_of(Span span) const;
  /// True when `span` has a byte that was decoded, or stands next to one.
  bool decoded(Span span) const;
  /// `text` and its source say the same: copied as it is. Appends bytes that stand at `from`.
  void copy(std::string_view bytes, std::uint64_t from);
  /// Says that what is appended to the text from here on has `out` bytes for `in` bytes from `from` on.
  void begin_piece(std::uint64_t from, std::uint32_t in, std::uint32_t out);
};

}  // namespace overreach
