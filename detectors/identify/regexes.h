// Compiled patterns, shared by all threads.
#pragma once

#include <re2/re2.h>

#include <string_view>

namespace overreach {

/// The compiled form of `pattern`, compiled when it is first asked for and kept for the
/// life of the process. Keyed by text, so it does not matter which catalogue asks.
/// Thread-safe. Throws RuleError when RE2 does not take the pattern.
const re2::RE2& compiled(std::string_view pattern);

}  // namespace overreach
