// JSON web tokens that a provider hands out while it is asked.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

namespace overreach {

/// The claims of a token, read and not verified: it came over the connection that is trusted anyway. Nothing when it is
/// no JSON web token.
std::optional<nlohmann::json> jwt_claims(std::string_view jwt);

}  // namespace overreach
