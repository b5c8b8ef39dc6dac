// What can be said of the matches of a pattern before anything is matched.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace overreach {

/// Every match of `pattern` (RE2) has a run of at least so many characters of [0-9A-Za-z+/_-]. 0 when nothing is
/// certain. Credentials are long words, and most places where a keyword stands have none near.
std::uint32_t sure_run(std::string_view pattern);

/// A word that opens a gate (scanner/base/long_word.h).
struct SureWord {
  std::uint32_t at = 0;      // it begins at most so many bytes behind the beginning of the match; 4096: or farther
  std::uint32_t length = 0;  // kLongPlain or kLongWord
  bool whole = false;        // the match is that word and nothing else
};
/// One that every match of `pattern` has. Nothing when that is not certain.
std::optional<SureWord> sure_word(std::string_view pattern);

}  // namespace overreach
