#include "tests/support/leaks.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>

namespace overreach::testing {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";

/// Base64 of `bytes` without the characters that depend on what stands before or after.
std::string base64_core(std::string_view bytes, unsigned shift, bool url) {
  const std::string alphabet =
      std::string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") + (url ? "-_" : "+/");
  const std::string padded = std::string(shift, '\0') + std::string(bytes);
  std::string out;
  for (std::size_t i = 0; i + 2 < padded.size(); i += 3) {
    const auto b = [&](std::size_t k) { return static_cast<std::uint32_t>(static_cast<std::uint8_t>(padded[i + k])); };
    const std::uint32_t group = (b(0) << 16U) | (b(1) << 8U) | b(2);
    for (const unsigned bits : {18U, 12U, 6U, 0U}) out += alphabet[(group >> bits) & 63U];
  }
  constexpr std::array<std::size_t, 3> tainted = {0, 2, 3};
  return out.substr(tainted[shift]);
}

std::string percent(std::string_view bytes, bool all) {
  std::string out;
  for (const char c : bytes) {
    const auto u = static_cast<std::uint8_t>(c);
    if (!all && (std::isalnum(u) != 0 || c == '-' || c == '_' || c == '.' || c == '~')) {
      out += c;
    } else {
      out += '%';
      out += static_cast<char>(std::toupper(kHex[u >> 4U]));
      out += static_cast<char>(std::toupper(kHex[u & 15U]));
    }
  }
  return out;
}

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    out += kHex[static_cast<std::uint8_t>(c) >> 4U];
    out += kHex[static_cast<std::uint8_t>(c) & 15U];
  }
  return out;
}

std::string json_escaped(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    if (c == '"' || c == '\\' || c == '/') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

std::vector<std::string> leaks_of(std::string_view secret, std::string_view text) {
  std::vector<std::string> out;
  const auto look = [&](const char* form, const std::string& needle) {
    if (needle.size() >= 6 && text.find(needle) != std::string_view::npos) out.emplace_back(form);
  };
  look("raw", std::string(secret));
  for (const unsigned shift : {0U, 1U, 2U}) {
    look("base64", base64_core(secret, shift, false));
    look("base64url", base64_core(secret, shift, true));
  }
  look("hex", hex(secret));
  look("percent-encoded", percent(secret, true));
  if (percent(secret, false) != secret) look("percent-encoded", percent(secret, false));
  if (json_escaped(secret) != secret) look("JSON-escaped", json_escaped(secret));
  return out;
}

}  // namespace overreach::testing
