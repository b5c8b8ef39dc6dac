// Base64 (RFC 4648). Wraps OpenSSL's libcrypto.
#pragma once

#include <string>
#include <string_view>

namespace overreach {

/// Section 4: with '+', '/' and padding.
std::string base64(std::string_view bytes);

/// Section 5, for URLs and JSON web tokens: with '-' and '_', without padding.
std::string base64_url(std::string_view bytes);

}  // namespace overreach
