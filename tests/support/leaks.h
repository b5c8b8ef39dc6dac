// Looking for credentials where none may be.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace overreach::testing {

/// Which forms of `secret` occur in `text`: "raw", "base64", "base64url", "hex", "percent-encoded",
/// "JSON-escaped". Base64 is looked for at all three alignments.
std::vector<std::string> leaks_of(std::string_view secret, std::string_view text);

}  // namespace overreach::testing
