#include "scanner/base/utf8.h"

namespace overreach {
namespace {

/// How many bytes a leading byte announces, and the range of its second byte (which keeps
/// overlong forms, surrogates and what lies beyond U+10FFFF out). RFC 3629, section 4.
struct Lead {
  std::size_t length = 1;
  unsigned char low = 0x80, high = 0xbf;
};

Lead lead_of(unsigned char c) {
  if (c >= 0xc2 && c <= 0xdf) return {2};
  if (c == 0xe0) return {3, 0xa0, 0xbf};
  if (c == 0xed) return {3, 0x80, 0x9f};
  if (c >= 0xe1 && c <= 0xef) return {3};
  if (c == 0xf0) return {4, 0x90, 0xbf};
  if (c >= 0xf1 && c <= 0xf3) return {4};
  if (c == 0xf4) return {4, 0x80, 0x8f};
  return {};
}

bool in_range(char c, unsigned char low, unsigned char high) {
  const auto u = static_cast<unsigned char>(c);
  return u >= low && u <= high;
}

}  // namespace

std::size_t character_length(std::string_view bytes, bool& valid) {
  const auto first = static_cast<unsigned char>(bytes.front());
  const Lead lead = lead_of(first);
  valid = first < 0x80;
  if (lead.length == 1 || bytes.size() < lead.length || !in_range(bytes[1], lead.low, lead.high)) return 1;
  for (std::size_t i = 2; i < lead.length; ++i)
    if (!in_range(bytes[i], 0x80, 0xbf)) return 1;
  valid = true;
  return lead.length;
}

std::uint64_t utf16_length(std::string_view bytes) {
  std::uint64_t units = 0;
  while (!bytes.empty()) {
    bool valid = false;
    const std::size_t length = character_length(bytes, valid);
    units += length == 4 ? 2 : 1;
    bytes.remove_prefix(length);
  }
  return units;
}

}  // namespace overreach
