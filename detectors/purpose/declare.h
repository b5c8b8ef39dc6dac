// The owner's word: what overreach.yaml says a credential is for.
#pragma once

#include <span>

#include "detectors/model/need.h"
#include "detectors/model/token.h"
#include "rules/catalog/provider.h"

namespace overreach::purpose {

/// Adds what is declared for `token` (by finding id, or by a name it travels under). An expired declaration
/// is noted and counts for nothing. `provider` may be null; throws UsageError when it has no such capability.
void apply_declarations(const Token& token, const Provider* provider, std::span<const Declaration> declarations,
                        Need& need);

}  // namespace overreach::purpose
