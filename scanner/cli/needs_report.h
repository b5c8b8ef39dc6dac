// The least privilege of each credential of a code base: data first, text made of it.
#pragma once

#include <iosfwd>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "detectors/model/need.h"
#include "detectors/model/token.h"
#include "reports/format/report.h"
#include "rules/catalog/provider.h"

namespace overreach {

/// A credential and what the code does with it. `provider` is borrowed.
struct CredentialNeed {
  std::vector<std::string> names;  // variables it travels under; empty: it has none
  Token token;                     // without a value where code only names it
  bool found = false;              // its value was found
  bool ambient = false;            // neither a value nor a name: the provider's library finds it by itself
  Need need;
  const Provider* provider = nullptr;
};

/// {"schema": "overreach/needs/1", "credentials": […]}; reports/README.md tells the fields.
nlohmann::ordered_json needs_json(const std::vector<CredentialNeed>& credentials);

/// The same for people: what `needs_json` returned.
void write_needs(std::ostream& out, const nlohmann::ordered_json& needs, const TextStyle& style);

}  // namespace overreach
