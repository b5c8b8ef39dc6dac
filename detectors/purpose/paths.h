// What a path says about a file.
#pragma once

#include <string>
#include <string_view>

namespace overreach::purpose {

/// "a/b/c" -> "a/b/"; "" for a file at the root.
std::string directory_of(std::string_view path);
/// "a/b/../c" -> "a/c"; nothing above the root.
std::string normal_path(std::string_view path);

/// Vendored and generated code: a definition there is no use.
bool is_vendored(std::string_view path);
/// Tests, examples and documents show what they need, not what the product needs.
bool is_aside(std::string_view path);
/// Text that holds neither code nor variables: mentions there say nothing about use.
bool is_prose(std::string_view path);
/// Pictures, archives, keys, declarations without code: not worth reading for a `#!` line.
bool is_never_code(std::string_view path);

}  // namespace overreach::purpose
