// Which words are long, and how near one a literal counts: scanner/match/decode/gate.h.
#pragma once

#include <cstdint>

namespace overreach {

/// A word is long with so many characters of [0-9A-Za-z] ...
constexpr std::uint32_t kLongPlain = 20;
/// ... or so many of [0-9A-Za-z+/_.%=~-], which is what credentials are made of.
constexpr std::uint32_t kLongWord = 32;

/// How far left of the beginning of a long word, and how far right of its first kLongPlain characters, a literal is
/// looked for; in bytes.
constexpr std::uint32_t kGateBefore = 320;
constexpr std::uint32_t kGateAfter = 320;

/// A change of a text changes no gate farther away than this.
constexpr std::uint64_t kGateReach = kGateBefore + kLongWord;

}  // namespace overreach
