// What can be said of the matches of a pattern before anything is matched.
#pragma once

#include <cstdint>
#include <string_view>

namespace overreach {

/// Every match of `pattern` (RE2) has a run of at least so many characters of [0-9A-Za-z+/_-]. 0 when nothing is
/// certain. Credentials are long words, and most places where a keyword stands have none near.
std::uint32_t sure_run(std::string_view pattern);

}  // namespace overreach
