#include "detectors/probe/native/jwt.h"

#include "detectors/identify/encoding.h"

namespace overreach {

std::optional<nlohmann::json> jwt_claims(std::string_view jwt) {
  const std::size_t first = jwt.find('.');
  const std::size_t second = first == std::string_view::npos ? first : jwt.find('.', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto bytes = base64_decode(jwt.substr(first + 1, second - first - 1));
  if (!bytes) return std::nullopt;
  nlohmann::json claims = nlohmann::json::parse(*bytes, nullptr, false);
  if (!claims.is_object()) return std::nullopt;
  return claims;
}

}  // namespace overreach
