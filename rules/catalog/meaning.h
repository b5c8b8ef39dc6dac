// What a schema cannot say about a provider file.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string_view>
#include <vector>

#include "rules/catalog/provider.h"
#include "rules/catalog/schema.h"

namespace overreach {

/// Names of code that rule files may refer to. The code lies in rooms above this one, so
/// the caller brings the names; an empty list means "not checked here".
struct KnownNames {
  std::span<const std::string_view> checks;
  std::span<const std::string_view> decoders;
};

/// Checks a provider file that has passed the schema: references lead somewhere, ids are
/// unique, expressions compile, the id is the file's name (`stem`).
std::vector<SchemaError> check_meaning(const nlohmann::json& document, std::string_view stem, const KnownNames& names);

/// Checks that the kinds, scopes and hosts of a probe are those of its provider.
std::vector<SchemaError> check_probe(const Provider& provider);

}  // namespace overreach
