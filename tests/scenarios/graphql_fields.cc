#include "tests/scenarios/graphql_fields.h"

#include <cctype>

namespace overreach::testing {
namespace {

bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// Names and punctuation; strings, comments and blanks left out.
std::vector<std::string> tokens_of(std::string_view text) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '#') {
      while (i < text.size() && text[i] != '\n') ++i;
    } else if (c == '"') {
      for (++i; i < text.size() && text[i] != '"'; ++i)
        if (text[i] == '\\') ++i;
    } else if (is_name(c)) {
      std::size_t end = i;
      while (end < text.size() && is_name(text[end])) ++end;
      out.emplace_back(text.substr(i, end - i));
      i = end - 1;
    } else if (std::isspace(static_cast<unsigned char>(c)) == 0 && c != ',') {
      out.emplace_back(1, c);
    }
  }
  return out;
}

}  // namespace

std::vector<GraphqlOperation> graphql_operations(std::string_view document) {
  std::vector<GraphqlOperation> out;
  const std::vector<std::string> tokens = tokens_of(document);
  std::string type = "query";
  int braces = 0, parentheses = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const std::string& token = tokens[i];
    if (token == "(") ++parentheses;
    if (token == ")") --parentheses;
    if (parentheses > 0) continue;
    if (token == "{" && braces++ == 0) out.push_back({type, {}});
    if (token == "}" && --braces == 0) type = "query";
    if (!is_name(token[0])) continue;
    const std::string previous = i > 0 ? tokens[i - 1] : "";
    if (braces == 0 && (token == "query" || token == "mutation" || token == "subscription" || token == "fragment")) {
      if (previous.empty() || previous == "}") type = token;
    }
    const bool alias = i + 1 < tokens.size() && tokens[i + 1] == ":";
    if (braces == 1 && !alias && previous != "@" && previous != "$") out.back().fields.push_back(token);
  }
  return out;
}

}  // namespace overreach::testing
