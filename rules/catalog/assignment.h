// Values that have no shape of their own and are known by the name they are assigned to.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace overreach {

/// How far behind the beginning of its name a value begins, at most; in bytes. Gates reach as far
/// (scanner/base/long_word.h).
constexpr std::uint32_t kAssignmentReach = 300;

/// What `assigned` and `pattern` of a token rule come to.
struct Assignment {
  std::vector<std::string> literals;  // any one of them stands in every match
  std::string pattern;                // RE2 of name, operator and value; group `secret` is the value
  std::uint32_t max_length = 0;       // of a match, bytes
  bool shaped = false;                // all values begin alike: they would be known without the name, if less surely
};

/// Texts in which a value of the expression `value` is assigned to one of `names`: in the same assignment, header or
/// URL, in an entry "name, value", or to a general word (`api_key`) at most two lines below the name.
/// `_` in a name stands for '_', '-', '.' or nothing. Unless a name ends in a word for a secret (`acme_api_key`), such
/// a word has to stand between it and the value. Throws RuleError when `value` cannot be taken apart.
Assignment assignment(const std::vector<std::string>& names, std::string_view value);

/// Words that, in the name left of a value, say that it identifies something.
const std::vector<std::string>& identifier_words();

}  // namespace overreach
