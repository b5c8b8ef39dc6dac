// Input that is as hard on a scanner as input can be, made from the rules themselves.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "rules/catalog/catalog.h"

namespace overreach::bench {

/// "tokens", "keywords", "base64", "line".
std::span<const std::string_view> dense_kinds();

/// `bytes` bytes (a line more at most) that are nothing but
///   tokens    the examples of every rule, with other values each time
///   keywords  the literals of every rule, without a value
///   base64    base64 in lines of 76
///   line      words on a single line, with a token every 64 KiB
/// The same on every machine. Throws UsageError when there is no such kind.
std::string dense_input(std::string_view kind, std::size_t bytes, const Catalog& catalog);

}  // namespace overreach::bench
