// RE2 as every room uses it.
#pragma once

#include <re2/re2.h>

#include <memory>
#include <string_view>

namespace overreach {

/// Compiles a rule's pattern over bytes (Latin-1: content is not always UTF-8, and `.` must
/// match any byte). Safe to use from many threads. Throws RuleError that quotes the pattern.
std::unique_ptr<re2::RE2> compile_regex(std::string_view pattern);

}  // namespace overreach
