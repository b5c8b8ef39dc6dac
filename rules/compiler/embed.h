// Turns checked provider files into what the program embeds.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "rules/catalog/rule_file.h"

namespace overreach {

/// Writes into `directory`:
///   embedded_rules.cc  constant tables of patterns and providers (rules/catalog/embedded_rules.h)
///   providers.cbor     every file as CBOR, one after the other
///   literals.hsdb      the serialised database of all literals
/// The same files in give the same bytes out. Throws RuleError when a file cannot be written.
void embed(std::vector<RuleFile> files, const std::filesystem::path& directory);

/// C++ source that puts a file into the program: assembly, and declarations of `symbol` and `symbol`_end.
std::string embedded_bytes(const std::string& symbol, const std::filesystem::path& file);

/// Throws RuleError when it cannot be written.
void write_file(const std::filesystem::path& path, std::string_view bytes);

}  // namespace overreach
