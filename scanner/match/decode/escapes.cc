#include "scanner/match/decode/escapes.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "scanner/match/decode/classes.h"
#include "scanner/match/decode/utf.h"

namespace overreach {
namespace {

constexpr std::uint64_t kLongestWord = 16 << 10;
constexpr std::size_t kWordBehind = 8;  // letters that make it worth while to look at where a word begins

/// Up to `count` hexadecimal digits at the front of `text`, exactly that many. False when there are fewer.
bool read_hex(std::string_view text, std::size_t count, std::uint32_t& value) {
  if (text.size() < count) return false;
  value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!is_hex(text[i])) return false;
    value = (value << 4U) | hex_value(text[i]);
  }
  return true;
}

/// `{41}` after \u or \x.
std::size_t read_braces(std::string_view text, std::uint32_t& value) {
  const std::size_t close = text.substr(0, 10).find('}');
  if (close == std::string_view::npos || close < 2 || close > 9) return 0;
  return read_hex(text.substr(1), close - 1, value) ? close + 1 : 0;
}

/// \uD83D\uDD11: two halves of one character. `text` begins at the first backslash.
std::size_t read_u(std::string_view text, std::string& out) {
  std::uint32_t code = 0, low = 0;
  if (text.size() > 2 && text[2] == '{') {
    const std::size_t length = read_braces(text.substr(2), code);
    if (length == 0) return 0;
    append_utf8(out, code);
    return 2 + length;
  }
  if (!read_hex(text.substr(2), 4, code)) return 0;
  const bool high = code >= 0xd800 && code < 0xdc00;
  if (high && text.substr(6, 2) == "\\u" && read_hex(text.substr(8), 4, low) && low >= 0xdc00 && low < 0xe000) {
    append_utf8(out, 0x10000 + ((code - 0xd800) << 10U) + (low - 0xdc00));
    return 12;
  }
  append_utf8(out, code);
  return 6;
}

std::size_t read_x(std::string_view text, std::string& out) {
  std::uint32_t code = 0;
  if (text.size() > 2 && text[2] == '{') {
    const std::size_t length = read_braces(text.substr(2), code);
    if (length == 0) return 0;
    append_utf8(out, code);
    return 2 + length;
  }
  if (!read_hex(text.substr(2), 2, code)) return 0;
  out += static_cast<char>(code);
  return 4;
}

std::size_t read_octal(std::string_view text, std::string& out) {
  if (text.size() < 4 || text[1] > '3') return 0;
  unsigned value = 0;
  for (std::size_t i = 1; i < 4; ++i) {
    if (text[i] < '0' || text[i] > '7') return 0;
    value = value * 8 + static_cast<unsigned>(text[i] - '0');
  }
  out += static_cast<char>(value);
  return 4;
}

/// 0: the letter is no escape by itself.
char control_of(char letter) {
  switch (letter) {
    case 'n':
    case 'N':
      return '\n';
    case 'r':
      return '\r';
    case 't':
    case 'v':
      return '\t';
    case 'f':
    case 'b':
    case 'e':
    case 'a':
      return ' ';
    default:
      return 0;
  }
}

bool word_follows(std::string_view text) {
  return text.size() >= kWordBehind && std::all_of(text.begin(), text.begin() + kWordBehind, is_word);
}

bool printable(unsigned char c) { return c > 0x20 && c < 0x7f; }

bool percent_hides(std::string_view text, std::uint64_t at) {
  std::string said;
  const std::string_view here = text.substr(at);
  const std::size_t length = read_percent(here, said);
  if (length == 0) return false;
  const auto c = static_cast<unsigned char>(said[0]);
  if (!printable(c) && c != '\n' && c != '\t' && c != ' ' && c != '\r') return false;
  if (here.size() > length && (here[length] == '%' || word_follows(here.substr(length)))) return true;
  return at >= kWordBehind && word_follows(text.substr(at - kWordBehind));
}

bool backslash_hides(std::string_view here) {
  if (here.size() < 2) return false;
  const char c = here[1];
  std::string said;
  if (c == 'u' || c == 'U' || c == 'x' || std::isdigit(static_cast<unsigned char>(c)) != 0)
    return read_backslash(here, said) > 0 && !said.empty() && printable(static_cast<unsigned char>(said[0]));
  if (c == '"' || c == '\'' || c == '/') return true;
  if (c == '\\') return here.size() > 2 && std::string_view("\"'/\\nrtux").find(here[2]) != std::string_view::npos;
  return control_of(c) != 0 && word_follows(here.substr(2));
}

}  // namespace

std::size_t read_percent(std::string_view text, std::string& out) {
  std::uint32_t value = 0;
  if (text.size() < 3 || text[0] != '%' || !read_hex(text.substr(1), 2, value)) return 0;
  out += static_cast<char>(value);
  return 3;
}

std::size_t read_backslash(std::string_view text, std::string& out) {
  if (text.size() < 2 || text[0] != '\\') return 0;
  const char c = text[1];
  if (c == 'u') return read_u(text, out);
  if (c == 'x') return read_x(text, out);
  if (c >= '0' && c <= '9') return read_octal(text, out);
  std::uint32_t code = 0;
  if (c == 'U') {
    if (!read_hex(text.substr(2), 8, code)) return 0;
    append_utf8(out, code);
    return 10;
  }
  if (const char control = control_of(c); control != 0) {
    out += control;
    return 2;
  }
  if (std::ispunct(static_cast<unsigned char>(c)) == 0) return 0;
  out += c;
  return 2;
}

bool hides(std::string_view text, std::uint64_t at) {
  return text[at] == '%' ? percent_hides(text, at) : backslash_hides(text.substr(at));
}

std::uint64_t word_end(std::string_view text, std::uint64_t at) {
  const std::uint64_t most = std::min<std::uint64_t>(text.size(), at + kLongestWord);
  while (at < most && is_word(text[at])) ++at;
  return at;
}

void view_escapes(std::string_view text, const Region& region, View& view) {
  const char mark = region.how == Encoding::percent ? '%' : '\\';
  std::uint64_t at = region.context.begin;
  std::string said;
  while (at < region.context.end) {
    const std::size_t found = text.substr(0, region.context.end).find(mark, at);
    const std::uint64_t next = std::min<std::uint64_t>(found, region.context.end);
    view.copy(text.substr(at, next - at), at);
    at = next;
    if (at == region.context.end) break;
    said.clear();
    const std::string_view here = text.substr(at, region.context.end - at);
    const std::size_t length = mark == '%' ? read_percent(here, said) : read_backslash(here, said);
    if (length == 0) {
      view.copy(here.substr(0, 1), at);
      ++at;
      continue;
    }
    view.begin_piece(at, static_cast<std::uint32_t>(length), static_cast<std::uint32_t>(said.size()));
    view.text += said;
    at += length;
    view.end = at;
  }
}

}  // namespace overreach
