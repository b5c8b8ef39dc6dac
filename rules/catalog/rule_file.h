// Reads provider files: YAML in, Provider or sentences out.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "rules/catalog/located_json.h"
#include "rules/catalog/meaning.h"
#include "rules/catalog/provider.h"
#include "scanner/base/result.h"

namespace overreach {

/// Something wrong with a rule file.
struct Diagnostic {
  std::string file;   // as the caller named it
  unsigned line = 0;  // 1-based; 0: the file as a whole
  std::string message;

  /// "rules/providers/acme.yaml:12: unknown field ..."
  std::string text() const;
  auto operator<=>(const Diagnostic&) const = default;
};
using Diagnostics = std::vector<Diagnostic>;

/// A provider file that passed every check.
struct RuleFile {
  LocatedJson document;
  Provider provider;
};

/// Checks the text of a provider file. `name` is what errors call it; its stem must be the
/// provider's id. Never throws on hostile text. Errors come sorted by line.
tl::expected<RuleFile, Diagnostics> parse_rule_file(const std::string& name, std::string_view text,
                                                    const KnownNames& names = {});

/// The same for a file on disk: a regular file of at most 1 MiB.
tl::expected<RuleFile, Diagnostics> load_rule_file(const std::filesystem::path& path, const KnownNames& names = {});

/// The *.yaml files of a directory, sorted, or the one file that `path` is. Throws RuleError
/// when it cannot be read.
std::vector<std::filesystem::path> list_rule_files(const std::filesystem::path& path);

}  // namespace overreach
