// Parts of a text that can be decoded one without the other.
#pragma once

#include <cstdint>
#include <string_view>

#include "scanner/base/span.h"

namespace overreach {

constexpr std::uint64_t kContextBefore = 96;  // bytes of neighbourhood left of encoded text
constexpr std::uint64_t kContextAfter = 32;   // and right of it
constexpr std::uint64_t kIndent = 64;         // white space that may stand before a line of wrapped base64
constexpr std::uint64_t kWrapped = 40;        // the shortest line that can be wrapped

/// The text is a row of units, most of them lines: no region begins in one and ends in another. Where a unit
/// ends follows from the bytes within kUnitReach of that place.
constexpr std::uint64_t kUnitReach = kIndent + kWrapped + 8;

/// `dirty`, and everything round it whose regions could be others if the bytes of `dirty` were, in whole units.
Span units_round(std::string_view text, Span dirty);

/// Where the line break ends that stands at `at` ("\n", "\r\n"); `at` itself when there is none.
std::uint64_t after_line_break(std::string_view text, std::uint64_t at);

/// Where the line begins in which `at` stands, or `limit` when that is farther right.
std::uint64_t line_begin(std::string_view text, std::uint64_t at, std::uint64_t limit);

/// Where the neighbourhood of something that begins at `at` begins: as far as the begin of the line before it.
std::uint64_t context_begin(std::string_view text, std::uint64_t at);

/// Where the neighbourhood of something that ends at `at` ends: on the same line.
std::uint64_t context_end(std::string_view text, std::uint64_t at);

}  // namespace overreach
