// A YAML file as JSON that remembers its lines.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "scanner/base/result.h"

namespace overreach {

/// A document, and where each of its members stands.
struct LocatedJson {
  nlohmann::json json;
  std::map<std::string, unsigned> lines;  // JSON pointer -> 1-based line of the key or list item

  /// Line of the member at `pointer`, or of the nearest one above it.
  unsigned line(std::string_view pointer) const;
};

/// Why a text is not a document we take, and at which line.
struct YamlError {
  unsigned line = 0;
  std::string message;
};

/// Reads one YAML document of at most 1 MiB.
///
/// The subset that a rule file needs, with YAML's traps closed: a key stands once, keys
/// are texts, anchors, aliases and tags are refused (so nothing can multiply), nesting
/// ends at 24, only `true` and `false` are booleans (`no`, `on` and `yes` are texts).
tl::expected<LocatedJson, YamlError> parse_yaml(std::string_view text);

}  // namespace overreach
