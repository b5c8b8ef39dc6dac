// Where a long word stands.
//
// Most rules tell a credential by a long word near a literal: `ghp_` and 36 letters and digits, `railway` and a UUID.
// Long words are few, also in code, and vector instructions find them at a multiple of the speed at which thousands of
// literals can be looked for. So the literals of such rules are looked for round the long words only.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "scanner/base/span.h"

namespace overreach {

/// A word is long with so many characters of [0-9A-Za-z] ...
constexpr std::uint32_t kLongPlain = 20;
/// ... or so many of [0-9A-Za-z+/_.%-], which is what credentials are made of.
constexpr std::uint32_t kLongWord = 32;

/// How far left of the beginning of a long word, and how far right of its first kLongPlain characters, a literal is
/// looked for; in bytes.
constexpr std::uint32_t kGateBefore = 320;
constexpr std::uint32_t kGateAfter = 320;

/// A change of a text changes no gate farther away than this.
constexpr std::uint64_t kGateReach = kGateBefore + kLongWord;

/// Appends to `out` the parts of `part` that are in reach of a long word of `text`: sorted, disjoint. It is the same
/// whatever else is asked for: whether a byte is in reach depends on the kGateReach bytes round it.
/// Linear; several bytes per cycle.
void find_gates(std::string_view text, Span part, std::vector<Span>& out);

}  // namespace overreach
