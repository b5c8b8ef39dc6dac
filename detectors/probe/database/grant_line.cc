#include "detectors/probe/database/grant_line.h"

#include <algorithm>
#include <cctype>

namespace overreach {
namespace {

bool is_quote(char c) { return c == '`' || c == '\'' || c == '"'; }

/// The position behind the quoted text that begins at `at`; doubled quotes belong to it.
std::size_t behind_quotes(std::string_view text, std::size_t at) {
  const char quote = text[at];
  for (++at; at < text.size(); ++at) {
    if (text[at] != quote) continue;
    if (at + 1 == text.size() || text[at + 1] != quote) return at + 1;
    ++at;
  }
  return text.size();
}

/// Where `word`, between blanks, stands outside quotes and parentheses, from `from` on; npos when it does not.
std::size_t find_word(std::string_view text, std::string_view word, std::size_t from = 0) {
  int depth = 0;
  for (std::size_t at = from; at < text.size();) {
    if (is_quote(text[at])) {
      at = behind_quotes(text, at);
      continue;
    }
    if (text[at] == '(') ++depth;
    if (text[at] == ')') --depth;
    const bool begins = at == 0 || text[at - 1] == ' ';
    const bool ends =
        at + word.size() == text.size() || (at + word.size() < text.size() && text[at + word.size()] == ' ');
    if (depth == 0 && begins && ends && text.substr(at, word.size()) == word) return at;
    ++at;
  }
  return std::string_view::npos;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// At commas outside quotes and parentheses.
std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> out;
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (is_quote(text[at])) {
      at = behind_quotes(text, at);
      continue;
    }
    if (text[at] == '(') ++depth;
    if (text[at] == ')') --depth;
    if (text[at] == ',' && depth == 0) {
      out.push_back(trimmed(text.substr(begin, at - begin)));
      begin = at + 1;
    }
    ++at;
  }
  out.push_back(trimmed(text.substr(begin)));
  return out;
}

/// The name at the front of `text`, without its quotes; `text` goes on behind it.
std::string take_name(std::string_view& text) {
  if (text.empty()) return {};
  std::string out;
  if (!is_quote(text[0])) {
    const std::size_t end = std::min(text.find('.'), text.size());
    out = text.substr(0, end);
    text.remove_prefix(end);
    return out;
  }
  const std::size_t end = behind_quotes(text, 0);
  for (std::size_t at = 1; at + 1 < end; ++at) {
    out += text[at];
    if (text[at] == text[0]) ++at;  // doubled
  }
  text.remove_prefix(end);
  return out;
}

void read_object(std::string_view object, GrantLine& out) {
  for (const std::string_view word : {"PROCEDURE ", "FUNCTION ", "PACKAGE BODY ", "PACKAGE "})
    if (object.substr(0, word.size()) == word) {
      out.routine = true;
      object.remove_prefix(word.size());
      break;
    }
  if (object.substr(0, 6) == "TABLE ") object.remove_prefix(6);
  out.database = take_name(object);
  if (!object.empty() && object[0] == '.') {
    object.remove_prefix(1);
    out.table = take_name(object);
  } else {  // PROXY names an account
    out.database = "*";
  }
}

std::string privilege_of(std::string_view text) {
  std::string out(trimmed(text.substr(0, text.find('('))));
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return out;
}

}  // namespace

std::optional<GrantLine> parse_grant(std::string_view line) {
  GrantLine out;
  out.revoked = line.substr(0, 7) == "REVOKE ";
  if (!out.revoked && line.substr(0, 6) != "GRANT ") return std::nullopt;
  line.remove_prefix(out.revoked ? 7 : 6);
  const std::size_t to = find_word(line, out.revoked ? "FROM" : "TO");
  if (to == std::string_view::npos) return std::nullopt;
  const std::size_t on = find_word(line.substr(0, to), "ON");
  if (on == std::string_view::npos) {
    for (const std::string_view role : split(line.substr(0, to))) out.roles.emplace_back(role);
    return out;
  }
  for (const std::string_view privilege : split(line.substr(0, on))) out.privileges.push_back(privilege_of(privilege));
  read_object(trimmed(line.substr(on + 2, to - on - 2)), out);
  const std::size_t with = find_word(line, "WITH", to);
  out.grant_option = with != std::string_view::npos && find_word(line, "GRANT", with) != std::string_view::npos;
  return out;
}

}  // namespace overreach
