#include "scanner/match/decode/utf.h"

#include <algorithm>

namespace overreach {
namespace {

constexpr std::size_t kSample = 8000;

struct Form {
  unsigned width = 0;  // bytes of a unit; 0: not wide
  bool little = true;
  unsigned mark = 0;  // bytes of the byte order mark
};

std::uint32_t unit_at(std::string_view bytes, const Form& form) {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < form.width; ++i) {
    const auto byte = static_cast<std::uint8_t>(bytes[form.little ? form.width - 1 - i : i]);
    value = (value << 8U) | byte;
  }
  return value;
}

/// Nearly all units of the sample are ASCII text.
bool looks_like(std::string_view bytes, const Form& form) {
  const std::string_view sample = bytes.substr(0, kSample - kSample % 4);
  std::size_t text = 0, units = 0;
  for (std::size_t i = 0; i + form.width <= sample.size(); i += form.width, ++units) {
    const std::uint32_t c = unit_at(sample.substr(i), form);
    if (c == 0) return false;
    text += (c >= 0x20 && c < 0x7f) || c == '\n' || c == '\r' || c == '\t' ? 1U : 0U;
  }
  return units >= 8 && text * 10 >= units * 9;
}

Form form_of(std::string_view bytes) {
  using namespace std::string_view_literals;
  if (bytes.starts_with("\xff\xfe\0\0"sv)) return {4, true, 4};
  if (bytes.starts_with("\0\0\xfe\xff"sv)) return {4, false, 4};
  if (bytes.starts_with("\xff\xfe")) return {2, true, 2};
  if (bytes.starts_with("\xfe\xff")) return {2, false, 2};
  // Text in a wide form begins with a character, and that one is most often ASCII.
  if (bytes.size() < 4 || bytes.substr(0, 4).find('\0') == std::string_view::npos) return {};
  for (const Form form : {Form{4, true, 0}, Form{4, false, 0}, Form{2, true, 0}, Form{2, false, 0}})
    if (looks_like(bytes, form)) return form;
  return {};
}

}  // namespace

void append_utf8(std::string& out, std::uint32_t code) {
  if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) code = 0xfffd;
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0U | (code >> 6U));
    out += static_cast<char>(0x80U | (code & 0x3fU));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0U | (code >> 12U));
    out += static_cast<char>(0x80U | ((code >> 6U) & 0x3fU));
    out += static_cast<char>(0x80U | (code & 0x3fU));
  } else {
    out += static_cast<char>(0xf0U | (code >> 18U));
    out += static_cast<char>(0x80U | ((code >> 12U) & 0x3fU));
    out += static_cast<char>(0x80U | ((code >> 6U) & 0x3fU));
    out += static_cast<char>(0x80U | (code & 0x3fU));
  }
}

std::optional<std::string> wide_to_utf8(std::string_view bytes) {
  const Form form = form_of(bytes);
  if (form.width == 0) return std::nullopt;
  std::string out;
  out.reserve(bytes.size() / form.width + 16);
  for (std::size_t i = form.mark; i + form.width <= bytes.size(); i += form.width) {
    std::uint32_t code = unit_at(bytes.substr(i), form);
    if (form.width == 2 && code >= 0xd800 && code < 0xdc00 && i + 4 <= bytes.size()) {
      const std::uint32_t low = unit_at(bytes.substr(i + 2), form);
      if (low >= 0xdc00 && low < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10U) + (low - 0xdc00);
        i += 2;
      }
    }
    append_utf8(out, code);
  }
  return out;
}

}  // namespace overreach
