// Addresses: which host, which path, and which `http` row of a provider they are.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace overreach::purpose {

struct Address {
  std::string scheme;  // "https"
  std::string host;    // lower case, no port, no user
  std::string path;    // "/v1/x", without query; holes as kHole
};

/// nullopt when `text` is no URL with a literal host.
std::optional<Address> read_address(std::string_view text);

/// True when `host` is `pattern`, or fits its leading "*.".
bool host_fits(std::string_view pattern, std::string_view host);

/// How a row fits: higher is more literal; nullopt: it does not. "DELETE /v1/volumes/*":
/// `*` (or {x}) is one segment, `**` any rest; "POST hooks.example.com/x/**" names its host.
std::optional<int> route_fits(std::string_view row, std::string_view verb, std::string_view host,
                              std::string_view path);

}  // namespace overreach::purpose
