// A lexer for GraphQL documents and as much of a parser as it takes to count operations and
// root fields. Reference: the GraphQL specification, October 2021, sections 2.1 and 2.2.
#include "rules/catalog/graphql_document.h"

#include <cctype>
#include <vector>

namespace overreach {
namespace {

bool name_start(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool name_part(char c) { return name_start(c) || std::isdigit(static_cast<unsigned char>(c)) != 0; }

/// Position after the string that begins at `i`; npos when it does not end.
std::size_t skip_string(std::string_view text, std::size_t i) {
  if (text.substr(i, 3) == R"(""")") {
    for (std::size_t k = i + 3; k < text.size(); ++k) {
      if (text.substr(k, 4) == R"(\""")")
        k += 3;
      else if (text.substr(k, 3) == R"(""")")
        return k + 3;
    }
    return std::string_view::npos;
  }
  for (std::size_t k = i + 1; k < text.size() && text[k] != '\n'; ++k) {
    if (text[k] == '\\')
      ++k;
    else if (text[k] == '"')
      return k + 1;
  }
  return std::string_view::npos;
}

/// Names and punctuators; strings become "\"", `...` becomes one token. False for a broken string.
bool lex(std::string_view text, std::vector<std::string>& out) {
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '#') {
      while (i < text.size() && text[i] != '\n') ++i;
    } else if (c == '"') {
      i = skip_string(text, i);
      if (i == std::string_view::npos) return false;
      out.emplace_back("\"");
    } else if (name_start(c)) {
      const std::size_t begin = i;
      while (i < text.size() && name_part(text[i])) ++i;
      out.emplace_back(text.substr(begin, i - begin));
    } else if (text.substr(i, 3) == "...") {
      out.emplace_back("...");
      i += 3;
    } else {
      if (std::isspace(static_cast<unsigned char>(c)) == 0 && c != ',') out.emplace_back(1, c);
      ++i;
    }
  }
  return true;
}

/// Walks the tokens of one document.
class Document {
 public:
  explicit Document(std::vector<std::string> tokens) : tokens_(std::move(tokens)) {}

  std::string objection() {
    for (const std::string& token : tokens_)
      if (token == "mutation" || token == "subscription") return "it holds the word `" + token + "`";
    while (at_ < tokens_.size() && problem_.empty()) definition();
    if (!problem_.empty()) return problem_;
    if (operations_ != 1) return "it holds " + std::to_string(operations_) + " operations, not one";
    if (root_fields_ != 1) return "it asks for " + std::to_string(root_fields_) + " root fields, not one";
    return {};
  }

  const std::string& root() const { return root_; }

 private:
  const std::string& peek() const {
    static const std::string end;
    return at_ < tokens_.size() ? tokens_[at_] : end;
  }

  void definition() {
    const std::string& word = peek();
    if (word != "{" && word != "query" && word != "fragment") {
      problem_ = "`" + word + "` does not begin a query";
      return;
    }
    const bool fragment = word == "fragment";
    while (at_ < tokens_.size() && peek() != "{") peek() == "(" ? skip_group() : void(++at_);
    if (at_ == tokens_.size()) {
      problem_ = "a definition has no selection";
    } else if (fragment) {
      skip_group();
    } else {
      ++operations_;
      root_selection();
    }
  }

  /// Skips a bracketed group that begins here.
  void skip_group() {
    std::size_t depth = 0;
    for (; at_ < tokens_.size(); ++at_) {
      if (peek() == "(" || peek() == "{" || peek() == "[") ++depth;
      if ((peek() == ")" || peek() == "}" || peek() == "]") && --depth == 0) {
        ++at_;
        return;
      }
    }
    problem_ = "a bracket is not closed";
  }

  void root_selection() {
    ++at_;  // {
    while (at_ < tokens_.size() && peek() != "}" && problem_.empty()) root_field();
    if (at_ == tokens_.size() && problem_.empty()) problem_ = "a bracket is not closed";
    ++at_;
  }

  void root_field() {
    if (!name_start(peek().empty() ? '\0' : peek()[0])) {
      problem_ = "the root selects `" + peek() + "`, not a field";
      return;
    }
    ++root_fields_;
    root_ = peek();
    ++at_;
    if (peek() == ":") {  // alias
      ++at_;
      root_ = peek();
      ++at_;
    }
    if (peek() == "(") skip_group();
    if (peek() == "@") problem_ = "directives at the root are not supported";
    if (problem_.empty() && peek() == "{") skip_group();
  }

  std::vector<std::string> tokens_;
  std::size_t at_ = 0;
  std::size_t operations_ = 0;
  std::size_t root_fields_ = 0;
  std::string root_;
  std::string problem_;
};

}  // namespace

std::string graphql_objection(std::string_view document) {
  std::vector<std::string> tokens;
  if (!lex(document, tokens)) return "a string is not closed";
  return Document(std::move(tokens)).objection();
}

std::string graphql_root_field(std::string_view document) {
  std::vector<std::string> tokens;
  if (!lex(document, tokens)) return {};
  Document parsed(std::move(tokens));
  return parsed.objection().empty() ? parsed.root() : std::string();
}

}  // namespace overreach
