#include "rules/catalog/schema_words.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace overreach {

using nlohmann::json;

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kLongest = 60;
  std::string out = "\"";
  out += text.substr(0, kLongest);
  if (text.size() > kLongest) out += "…";
  return out + "\"";
}

/// The value as an author would recognise it.
std::string shown(const json& value) {
  if (value.is_string()) return in_quotes(value.get_ref<const std::string&>());
  if (value.is_null()) return "nothing";
  if (value.is_array()) return "a list";
  if (value.is_object()) return "a table";
  return value.dump();
}

std::string type_name(std::string_view type) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kNames = {{{"string", "a text"},
                                                                                    {"integer", "a whole number"},
                                                                                    {"number", "a number"},
                                                                                    {"boolean", "true or false"},
                                                                                    {"array", "a list"},
                                                                                    {"object", "a table"},
                                                                                    {"null", "nothing"}}};
  for (const auto& [key, name] : kNames)
    if (key == type) return std::string(name);
  throw std::logic_error("schema: unknown type " + std::string(type));
}

std::string list_of(const std::vector<std::string>& names, std::string_view last) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0 && i + 1 == names.size())
      out.append(" ").append(last).append(" ");
    else if (i > 0)
      out.append(", ");
    out += in_quotes(names[i]);
  }
  return out;
}

std::string child(const std::string& pointer, std::string_view key) {
  std::string out = pointer + "/";
  for (const char c : key) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return out;
}

std::string field_in(std::string_view pointer) {
  return pointer.empty() ? std::string{} : " in " + readable_path(pointer);
}

std::string readable_path(std::string_view pointer) {
  if (pointer.empty()) return "the file";
  std::string out;
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const std::string_view part = pointer.substr(0, pointer.find('/'));
    pointer.remove_prefix(part.size());
    const bool index = !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
    if (!index && !out.empty()) out += '.';
    if (index) out += '[';
    for (std::size_t i = 0; i < part.size(); ++i) {
      const bool escaped = part[i] == '~' && i + 1 < part.size();
      out += escaped ? (part[++i] == '0' ? '~' : '/') : part[i];
    }
    if (index) out += ']';
  }
  return out;
}

namespace {

/// Levenshtein's distance in bytes.
std::size_t distance(std::string_view word, std::string_view other) {
  std::vector<std::size_t> row(other.size() + 1);
  for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= word.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j < row.size(); ++j) {
      const std::size_t replaced = diagonal + (word[i - 1] == other[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  constexpr std::size_t kLongest = 80;  // no author's slip, and the cost is quadratic
  if (word.size() > kLongest) return {};
  std::size_t best = word.size() / 3 + 2;  // beyond a third of the word it is a guess
  std::string result;
  for (const std::string& candidate : candidates)
    if (const std::size_t d = distance(word, candidate); d < best) {
      best = d;
      result = candidate;
    }
  return result;
}

}  // namespace overreach
