// From reached uses to needs.
#pragma once

#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "detectors/purpose/purpose.h"

namespace overreach::purpose {

/// infer_needs() with providers from anywhere: tests make their own.
using FindProvider = std::function<const Provider*(std::string_view id)>;
std::vector<Need> infer_needs_with(std::span<const Token> tokens, const FindProvider& find, const CodeBase& code,
                                   std::span<const Declaration> declarations, unsigned workers);

}  // namespace overreach::purpose
