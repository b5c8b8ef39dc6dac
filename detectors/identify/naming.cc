// Reads a line backwards from the secret. Not a parser for any language: the shapes below are
// those of shell, dotenv, YAML, JSON, XML, TOML, HTTP headers and the usual programming languages.
#include "detectors/identify/naming.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>

#include "detectors/identify/lines.h"

namespace overreach {
namespace {

constexpr std::uint64_t kReach = 512;  // bytes looked at to the left
constexpr std::size_t kLongestName = 80;

bool is_space(char c) { return c == ' ' || c == '\t'; }
bool is_quote(char c) { return c == '"' || c == '\'' || c == '`'; }
bool is_alnum(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }
bool is_name(char c) { return is_alnum(c) || c == '_' || c == '-' || c == '.'; }

void trim_right(std::string_view& text) {
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
}

bool ends_with_caseless(std::string_view text, std::string_view lower_case_end) {
  return text.size() >= lower_case_end.size() &&
         std::equal(lower_case_end.rbegin(), lower_case_end.rend(), text.rbegin(),
                    [](char a, char b) { return a == std::tolower(static_cast<unsigned char>(b)); });
}

/// Removes the end of `text` that is a name and returns it; quotes round it go too.
std::string_view take_name(std::string_view& text) {
  trim_right(text);
  // The backslash is there for JSON inside a string: `\"name\": \"…`.
  while (!text.empty() && (is_quote(text.back()) || text.back() == ']' || text.back() == '\\')) text.remove_suffix(1);
  std::size_t begin = text.size();
  while (begin > 0 && is_name(text[begin - 1])) --begin;
  const std::string_view name = text.substr(begin);
  text = text.substr(0, begin);
  return name;
}

/// `process.env.TOKEN` and `--api-token` without what stands before the name itself.
std::string tidy(std::string_view name) {
  while (!name.empty() && (name.back() == '.' || name.back() == '-')) name.remove_suffix(1);
  if (const std::size_t dot = name.rfind('.'); dot != std::string_view::npos) name.remove_prefix(dot + 1);
  while (!name.empty() && !is_alnum(name.front()) && name.front() != '_') name.remove_prefix(1);
  return std::string(name.substr(0, kLongestName));
}

/// A secret inside a URL is called what the URL is called.
void back_to_url_begin(std::string_view& left) {
  std::size_t begin = left.size();
  while (begin > 0 && !is_space(left[begin - 1]) && !is_quote(left[begin - 1])) --begin;
  const std::string_view run = left.substr(begin);
  const std::size_t scheme = run.find("://");
  if (scheme == std::string_view::npos) return;
  std::size_t at = scheme;
  while (at > 0 && (is_alnum(run[at - 1]) || run[at - 1] == '+' || run[at - 1] == '-')) --at;
  // `jdbc:postgresql://` and `git+https://` belong to the URL as well.
  if (at >= 5 && run.substr(at - 5, 5) == "jdbc:") at -= 5;
  left = left.substr(0, begin + at);
}

/// Quotes, brackets, calls (`Secret(`), string prefixes and words like Bearer between name and value.
void skip_wrapping(std::string_view& left) {
  constexpr std::array<std::string_view, 5> schemes = {"bearer", "basic", "token", "apikey", "flyv1"};
  for (bool again = true; again && !left.empty();) {
    again = false;
    const std::size_t before = left.size();
    trim_right(left);
    const bool spaced = left.size() != before;
    for (const std::string_view scheme : schemes) {
      if (!spaced || !ends_with_caseless(left, scheme)) continue;
      const std::string_view rest = left.substr(0, left.size() - scheme.size());
      if (rest.empty() || is_name(rest.back())) continue;
      left = rest;
      again = true;
    }
    if (left.empty()) return;
    const char last = left.back();
    if (is_quote(last) || last == '\\' || last == '[' || last == '{') {
      left.remove_suffix(1);
      again = true;
    } else if (last == '(') {
      left.remove_suffix(1);
      take_name(left);
      again = true;
    }
  }
}

/// Removes an assignment operator from the end. '=' also stands for :=, =>, ?=, +=, == and ->.
char take_operator(std::string_view& left) {
  trim_right(left);
  for (const std::string_view op : {":-", "||", "??", "=>", "->", ":=", "::=", "?=", "+=", "==", "=", ":"}) {
    if (!left.ends_with(op)) continue;
    left.remove_suffix(op.size());
    while (!left.empty() && (left.back() == ':' || left.back() == '=')) left.remove_suffix(1);
    return '=';
  }
  if (left.empty() || (left.back() != '>' && left.back() != ',')) return 0;
  const char op = left.back();
  left.remove_suffix(1);
  return op;
}

/// `<password>` read from its '>'.
std::string tag_name(std::string_view left) {
  const std::size_t open = left.rfind('<');
  if (open == std::string_view::npos) return {};
  std::string_view name = left.substr(open + 1);
  const auto end = std::find_if_not(name.begin(), name.end(), is_name);
  return tidy(name.substr(0, static_cast<std::size_t>(end - name.begin())));
}

/// `environ.get("NAME", ` read from its comma: the first argument, if it is a quoted name.
std::string first_argument(std::string_view left) {
  trim_right(left);
  if (left.empty() || !is_quote(left.back())) return {};
  const std::string_view name = take_name(left);
  while (!left.empty() && is_quote(left.back())) left.remove_suffix(1);
  trim_right(left);
  return !left.empty() && left.back() == '(' ? tidy(name) : std::string();
}

/// `--token X`, `ENV TOKEN X`, `setx TOKEN X`, `password X`: the name is the word before.
std::string word_before(std::string_view left) {
  constexpr std::array<std::string_view, 4> verbs = {"env", "arg", "setenv", "setx"};
  constexpr std::array<std::string_view, 5> words = {"password", "token", "secret", "passwd", "apikey"};
  if (left.empty()) return {};
  const std::string_view name = take_name(left);
  if (name.starts_with("--")) return tidy(name);
  if (left.empty() || is_space(left.back())) {
    if (std::any_of(words.begin(), words.end(),
                    [&](std::string_view w) { return ends_with_caseless(name, w) && name.size() == w.size(); }))
      return tidy(name);
    trim_right(left);
    for (const std::string_view verb : verbs)
      if (ends_with_caseless(left, verb) &&
          (left.size() == verb.size() || !is_name(left[left.size() - verb.size() - 1])))
        return tidy(name);
  }
  return {};
}

/// The value of `key="…"`, `name: …` or `"name": "…"` in `text`, empty if there is none.
std::string labelled(std::string_view text) {
  for (const std::string_view label : {"name", "key", "Name", "Key"}) {
    for (std::size_t at = text.find(label); at != std::string_view::npos; at = text.find(label, at + 1)) {
      if (at > 0 && is_name(text[at - 1]) && text[at - 1] != '-') continue;
      std::string_view rest = text.substr(at + label.size());
      const auto skip = [](char c) { return is_space(c) || is_quote(c) || c == ':' || c == '=' || c == '\\'; };
      const auto begin = std::find_if_not(rest.begin(), rest.end(), skip);
      if (begin == rest.begin()) continue;
      const auto end = std::find_if_not(begin, rest.end(), is_name);
      if (end != begin) return tidy(std::string_view(&*begin, static_cast<std::size_t>(end - begin)));
    }
  }
  return {};
}

/// `token: str = "…"`: the word before the operator is a type.
bool is_type(std::string_view word) {
  constexpr std::array<std::string_view, 5> types = {"str", "string", "String", "SecretStr", "any"};
  return std::find(types.begin(), types.end(), word) != types.end();
}

std::string_view previous_line(std::string_view bytes, const Reading& reading) {
  if (reading.at.line_begin == 0) return {};
  const std::uint64_t end = reading.at.line_begin - 1;
  const std::uint64_t begin = end - std::min(end, kReach);
  const std::string_view text = bytes.substr(begin, end - begin);
  const std::size_t line_break = text.rfind('\n');
  return line_break == std::string_view::npos ? text : text.substr(line_break + 1);
}

std::string name_left_of(std::string_view left) {
  back_to_url_begin(left);
  const std::string_view start = left;
  skip_wrapping(left);
  const char op = take_operator(left);
  if (op == '>') return tag_name(left);
  if (op == ',') return first_argument(left);
  if (op == 0) {
    std::string_view words = start;
    while (!words.empty() && (is_space(words.back()) || is_quote(words.back()))) words.remove_suffix(1);
    return word_before(words);
  }
  std::string_view rest = left;
  std::string_view name = take_name(rest);
  if (is_type(name)) {
    std::string_view declared = rest;
    if (take_operator(declared) != 0) name = take_name(declared);
  }
  if (!name.empty()) return tidy(name);
  // `process.env["NAME"] ||`, `os.getenv("NAME") or`, `token: str =`
  if (!rest.empty() && rest.back() == ')') rest.remove_suffix(1);
  return tidy(take_name(rest));
}

}  // namespace

std::string assigned_name(std::string_view bytes, const Reading& reading) {
  const std::string_view left = left_of(bytes, reading, kReach);
  std::string name = name_left_of(left);
  const bool value = name.size() == 5 && ends_with_caseless(name, "value");
  if (!value) return name;
  if (std::string label = labelled(left); !label.empty()) return label;
  if (std::string label = labelled(previous_line(bytes, reading)); !label.empty()) return label;
  return name;
}

}  // namespace overreach
