// Encodings that tokens wrap their contents in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace overreach {

/// Base64 in either alphabet (RFC 4648, sections 4 and 5), with or without padding. Empty
/// when a byte is of neither, or a lone character is left over.
std::optional<std::string> base64_decode(std::string_view text);

/// `%41` becomes `A`; what is no escape stays. '+' stays, too.
std::string percent_decode(std::string_view text);

/// Seconds since 1970 as "2026-04-25T09:00:00Z"; "never" when they lie beyond the year 9999.
std::string iso_time(std::int64_t seconds);

/// At most 120 bytes of `text` without control characters: claims are other people's words.
std::string plain(std::string_view text);

}  // namespace overreach
