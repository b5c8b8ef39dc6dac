#include "reports/format/text_safe.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace overreach {
namespace {

struct Range {
  char32_t first, last;
};

template <std::size_t N>
bool within(const std::array<Range, N>& ranges, char32_t c) {
  return std::any_of(ranges.begin(), ranges.end(), [c](const Range& r) { return r.first <= c && c <= r.last; });
}

// Unicode 15: general categories Cc and Cf, Zl, Zp, and the fillers that render as nothing.
constexpr std::array<Range, 17> kUnsafe = {{{0x0000, 0x001f},
                                            {0x007f, 0x009f},
                                            {0x00ad, 0x00ad},
                                            {0x0600, 0x0605},
                                            {0x061c, 0x061c},
                                            {0x115f, 0x1160},
                                            {0x180b, 0x180f},
                                            {0x200b, 0x200f},
                                            {0x2028, 0x202e},
                                            {0x2060, 0x206f},
                                            {0x3164, 0x3164},
                                            {0xfe00, 0xfe0f},
                                            {0xfeff, 0xfeff},
                                            {0xffa0, 0xffa0},
                                            {0xfff9, 0xfffb},
                                            {0xe0000, 0xe0fff},
                                            {0xfdd0, 0xfdef}}};

// East Asian Width W and F, in blocks: a caret that is one column off in a rare script is no harm.
constexpr std::array<Range, 12> kWide = {{{0x1100, 0x115e},
                                          {0x2e80, 0x303e},
                                          {0x3041, 0x33ff},
                                          {0x3400, 0x4dbf},
                                          {0x4e00, 0x9fff},
                                          {0xa000, 0xa4cf},
                                          {0xac00, 0xd7a3},
                                          {0xf900, 0xfaff},
                                          {0xfe30, 0xfe6f},
                                          {0xff01, 0xff60},
                                          {0x1f300, 0x1faff},
                                          {0x20000, 0x3fffd}}};

constexpr std::array<Range, 4> kCombining = {{{0x0300, 0x036f}, {0x1ab0, 0x1aff}, {0x20d0, 0x20ff}, {0xfe20, 0xfe2f}}};

struct Substitute {
  char32_t sign;
  std::string_view ascii;
};
constexpr Substitute kAscii[] = {{0x2026, "..."}, {0x2192, "->"}, {0x2013, "-"},  {0x2014, "-"},  {0x00b7, "-"},
                                 {0x2018, "'"},   {0x2019, "'"},  {0x201c, "\""}, {0x201d, "\""}, {0x00a0, " "}};

/// How many bytes a sequence with this lead byte has, and the least value that needs so many.
struct Lead {
  std::size_t length;
  char32_t bits, least;
};

Lead lead_of(unsigned char byte) {
  if (byte < 0x80) return {1, byte, 0};
  if ((byte & 0xe0) == 0xc0) return {2, byte & 0x1fU, 0x80};
  if ((byte & 0xf0) == 0xe0) return {3, byte & 0x0fU, 0x800};
  if ((byte & 0xf8) == 0xf0) return {4, byte & 0x07U, 0x10000};
  return {0, 0, 0};
}

std::string escape_of(char32_t c) {
  switch (c) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      return c < 0x80 ? fmt::format("\\x{:02x}", static_cast<unsigned>(c))
                      : fmt::format("\\u{{{:x}}}", static_cast<unsigned>(c));
  }
}

std::string ascii_of(char32_t c) {
  const auto* const it =
      std::find_if(std::begin(kAscii), std::end(kAscii), [c](const Substitute& s) { return s.sign == c; });
  return it == std::end(kAscii) ? escape_of(c) : std::string(it->ascii);
}

/// Calls visit(code point, its bytes) along the text.
template <class Visit>
void for_each_code_point(std::string_view bytes, Visit visit) {
  while (!bytes.empty()) {
    const CodePoint c = first_code_point(bytes);
    visit(c, bytes.substr(0, c.length));
    bytes.remove_prefix(c.length);
  }
}

}  // namespace

CodePoint first_code_point(std::string_view bytes) {
  const auto first = static_cast<unsigned char>(bytes.front());
  const CodePoint broken{first, 1, false};
  const Lead lead = lead_of(first);
  if (lead.length == 0 || lead.length > bytes.size()) return broken;
  char32_t value = lead.bits;
  for (std::size_t i = 1; i < lead.length; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    if ((byte & 0xc0) != 0x80) return broken;
    value = (value << 6) | (byte & 0x3fU);
  }
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (value < lead.least || value > 0x10ffff || surrogate) return broken;
  return {value, lead.length, true};
}

bool is_valid_utf8(std::string_view bytes) {
  bool valid = true;
  for_each_code_point(bytes, [&](const CodePoint& c, std::string_view) { valid = valid && c.valid; });
  return valid;
}

bool is_unsafe_to_show(char32_t c) { return within(kUnsafe, c); }

std::string valid_utf8(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  for_each_code_point(bytes, [&](const CodePoint& c, std::string_view raw) { out += c.valid ? raw : "\xef\xbf\xbd"; });
  return out;
}

std::string printable(std::string_view bytes, bool unicode) {
  std::string out;
  out.reserve(bytes.size());
  for_each_code_point(bytes, [&](const CodePoint& c, std::string_view raw) {
    if (!c.valid)
      out += fmt::format("\\x{:02x}", static_cast<unsigned>(c.value));
    else if (is_unsafe_to_show(c.value))
      out += escape_of(c.value);
    else if (c.value >= 0x80 && !unicode)
      out += ascii_of(c.value);
    else
      out += raw;
  });
  return out;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for_each_code_point(text, [&](const CodePoint& c, std::string_view) {
    if (within(kCombining, c.value)) return;
    width += within(kWide, c.value) ? 2 : 1;
  });
  return width;
}

std::string percent_encoded(std::string_view path) {
  constexpr std::string_view kept = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
  std::string out;
  out.reserve(path.size());
  for (const char c : path) {
    if (kept.find(c) != std::string_view::npos)
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
  }
  return out;
}

std::string escaped_for_terminal(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for_each_code_point(json, [&](const CodePoint& c, std::string_view raw) {
    // Below DEL a dump holds only line breaks of its own: JSON escapes the rest.
    if (c.value < 0x7f || !is_unsafe_to_show(c.value)) {
      out += raw;
    } else if (c.value < 0x10000) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c.value));
    } else {
      const auto offset = static_cast<unsigned>(c.value) - 0x10000U;
      out += fmt::format("\\u{:04x}\\u{:04x}", 0xd800U + (offset >> 10), 0xdc00U + (offset & 0x3ffU));
    }
  });
  return out;
}

}  // namespace overreach
