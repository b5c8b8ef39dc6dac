// Why a finding was judged so, what its powers mean, and the way out: data first, text made of it.
#pragma once

#include <iosfwd>
#include <nlohmann/json_fwd.hpp>

#include "reports/format/report.h"
#include "rules/catalog/provider.h"

namespace overreach {

/// Explains one finding, as a report has it (reports/schema/report.schema.json). `provider` is the rule file's, or
/// nullptr when this program knows no such provider. Throws nlohmann::json::exception when `finding` is none.
nlohmann::ordered_json explain_finding(const nlohmann::json& finding, const Provider* provider);

/// Explains a kind of credential: one token rule of `provider`, or all of them when `rule` is nullptr.
nlohmann::ordered_json explain_rule(const Provider& provider, const TokenRule* rule);

/// The explanation for people.
void write_explanation(std::ostream& out, const nlohmann::ordered_json& explanation, const TextStyle& style);

}  // namespace overreach
