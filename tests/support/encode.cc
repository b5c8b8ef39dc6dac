#include "tests/support/encode.h"

#include <cstdint>

namespace overreach::testing {
namespace {

/// Two hexadecimal digits.
std::string digits(char c, std::string_view alphabet = "0123456789abcdef") {
  const auto byte = static_cast<std::uint8_t>(c);
  return {alphabet[byte >> 4U], alphabet[byte & 15U]};
}

}  // namespace

std::string base64(std::string_view bytes, bool url) {
  const std::string alphabet =
      std::string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") + (url ? "-_" : "+/");
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    const std::size_t count = bytes.size() - i < 3 ? bytes.size() - i : 3;
    for (std::size_t k = 0; k < 3; ++k)
      group = (group << 8U) | (k < count ? static_cast<std::uint8_t>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k <= count; ++k) out += alphabet[(group >> (18 - 6 * k)) & 63U];
    if (!url) out.append(3 - count, '=');
  }
  return out;
}

std::string hex_of(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) out += digits(c);
  return out;
}

std::string percent_of(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) out += "%" + digits(c, "0123456789ABCDEF");
  return out;
}

std::string unicode_of(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) out += "\\u00" + digits(c);
  return out;
}

std::string wide(std::string_view ascii, unsigned width, bool little) {
  const std::string zeros(width - 1, '\0');
  std::string out;
  for (const char c : ascii) out += little ? c + zeros : zeros + c;
  return out;
}

std::string wrap(std::string_view text, std::size_t width, std::string_view line_break) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += width) {
    out += text.substr(i, width);
    out += line_break;
  }
  return out;
}

std::string json_inside(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '"' || c == '\\' || c == '/') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace overreach::testing
