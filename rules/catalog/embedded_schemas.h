// The files of rules/schema, put into the program at build time.
#pragma once

#include <span>
#include <string_view>

namespace overreach {

struct EmbeddedSchema {
  std::string_view name;  // "provider.schema.json"
  std::string_view text;
};

std::span<const EmbeddedSchema> embedded_schemas();

}  // namespace overreach
