// An RE2 expression taken apart, so that text for it can be made.
#pragma once

#include <bitset>
#include <limits>
#include <string_view>
#include <vector>

namespace overreach {

/// One node. Groups leave no trace; `^`, `$`, `\b` and their kin are empty sequences: whoever makes text
/// asks RE2 afterwards whether they hold.
struct RegexTree {
  enum class Kind {
    bytes,     // one byte of `bytes`
    sequence,  // all of `parts`, in order; none: the empty text
    choice,    // one of `parts`
    repeat,    // parts[0], `least` to `most` times
  };
  static constexpr unsigned kUnbounded = std::numeric_limits<unsigned>::max();

  Kind kind = Kind::sequence;
  std::bitset<256> bytes;
  std::vector<RegexTree> parts;
  unsigned least = 0;
  unsigned most = 0;
};

/// Takes an expression apart that RE2 accepts. Classes are of bytes: characters beyond
/// ASCII may stand as literals, not in classes; `\p` is not supported. Throws RuleError.
RegexTree parse_regex(std::string_view pattern);

}  // namespace overreach
