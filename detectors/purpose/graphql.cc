#include "detectors/purpose/graphql.h"

#include <cctype>

#include "detectors/purpose/extract.h"

namespace overreach::purpose {
namespace {

/// Tokens of GraphQL; commas, comments and whitespace are none.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) { advance(); }

  std::string_view token() const { return token_; }
  bool end() const { return token_.empty(); }
  bool is_name() const {
    return !end() && (std::isalpha(static_cast<unsigned char>(token_[0])) != 0 || token_[0] == '_');
  }
  bool is_string() const { return !end() && token_[0] == '"'; }
  bool accept(std::string_view wanted) {
    if (token_ != wanted) return false;
    advance();
    return true;
  }

  void advance() {
    skip_blank();
    const std::size_t begin = at_;
    if (at_ == text_.size()) {
      token_ = {};
      return;
    }
    const auto word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
    if (text_[at_] == '"') {
      skip_string();
    } else if (text_.substr(at_, 3) == "...") {
      at_ += 3;
    } else if (word(text_[at_])) {
      while (at_ < text_.size() && word(text_[at_])) ++at_;
    } else {
      ++at_;
    }
    token_ = text_.substr(begin, at_ - begin);
  }

 private:
  void skip_blank() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (std::isspace(static_cast<unsigned char>(c)) != 0 || c == ',') {
        ++at_;
      } else {
        return;
      }
    }
  }
  void skip_string() {
    if (text_.substr(at_, 3) == "\"\"\"") {
      const std::size_t close = text_.find("\"\"\"", at_ + 3);
      at_ = close == std::string_view::npos ? text_.size() : close + 3;
      return;
    }
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_)
      if (text_[at_] == '\\') ++at_;
    at_ = std::min(at_ + 1, text_.size());
  }

  std::string_view text_;
  std::string_view token_;
  std::size_t at_ = 0;
};

struct Selection {
  std::string operation;  // empty: a fragment
  std::vector<std::string> fields;
  std::vector<std::string> spreads;  // fragments at the root
};

class Reader {
 public:
  explicit Reader(std::string_view text) : lexer_(text) {}

  GraphqlText read() {
    while (!lexer_.end() && definition()) {
    }
    for (const Selection& selection : operations_) collect(selection.operation, selection, 0);
    // `{query: $q}` is a program for jq: the short form counts only when it is whole.
    // `{}` is JSON.
    if (!out_.document || (shorthand_ && (!out_.complete || out_.fields.empty()))) return {};
    if (operations_.empty() && fragments_.empty()) out_.complete = false;
    return std::move(out_);
  }

 private:
  bool definition() {
    Selection selection;
    std::string fragment;
    const std::string_view word = lexer_.token();
    if (word == "query" || word == "mutation" || word == "subscription") {
      selection.operation = std::string(word);
      lexer_.advance();
      if (lexer_.is_name()) lexer_.advance();
      if (lexer_.token() == "(") skip_balanced();
    } else if (word == "fragment") {
      lexer_.advance();
      fragment = std::string(lexer_.token());
      lexer_.advance();
      if (!lexer_.accept("on")) return stop();
      lexer_.advance();
    } else if (word == "{") {
      selection.operation = "query";
      shorthand_ = true;
    } else {
      return stop();
    }
    directives();
    if (lexer_.token() != "{") return stop();
    lexer_.advance();
    if (lexer_.is_string()) return stop();  // JSON, not GraphQL
    out_.document = true;
    roots(selection);
    if (fragment.empty())
      operations_.push_back(std::move(selection));
    else
      fragments_[fragment] = std::move(selection);
    return true;
  }

  bool stop() {
    if (out_.document) out_.complete = false;
    return false;
  }

  // Fields until the closing brace; inline fragments at the root only open one more level.
  void roots(Selection& selection) {
    for (unsigned level = 1; level > 0 && !lexer_.end();) {
      if (lexer_.accept("}")) {
        --level;
      } else if (lexer_.accept("...")) {
        if (lexer_.accept("on"))
          lexer_.advance();
        else if (lexer_.is_name()) {
          selection.spreads.emplace_back(lexer_.token());
          lexer_.advance();
        }
        directives();
        if (lexer_.accept("{")) ++level;
      } else if (lexer_.is_name()) {
        field(selection);
      } else {
        out_.complete = false;
        lexer_.advance();
      }
    }
  }

  void field(Selection& selection) {
    std::string name(lexer_.token());
    lexer_.advance();
    if (lexer_.accept(":")) {
      if (!lexer_.is_name()) {
        out_.complete = false;
        return;
      }
      name = std::string(lexer_.token());
      lexer_.advance();
    }
    selection.fields.push_back(std::move(name));
    if (lexer_.token() == "(") skip_balanced();
    directives();
    if (lexer_.token() == "{") skip_balanced();
  }

  void directives() {
    while (lexer_.accept("@")) {
      lexer_.advance();
      if (lexer_.token() == "(") skip_balanced();
    }
  }

  // Skips one pair of brackets and notes `name: "literal"` on the way.
  void skip_balanced() {
    unsigned level = 0;
    std::string name;
    bool colon = false;
    do {
      const std::string_view token = lexer_.token();
      if (token == "(" || token == "{" || token == "[") ++level;
      if (token == ")" || token == "}" || token == "]") --level;
      if (lexer_.is_string() && colon && token.size() >= 2 && token.find(kHole) == std::string_view::npos)
        out_.arguments.emplace(name, token.substr(1, token.size() - 2));
      colon = token == ":" && !name.empty();
      if (lexer_.is_name())
        name = std::string(token);
      else if (!colon)
        name.clear();
      lexer_.advance();
    } while (level > 0 && !lexer_.end());
  }

  void collect(const std::string& operation, const Selection& selection, unsigned depth) {
    for (const std::string& name : selection.fields)
      if (!name.starts_with("__")) out_.fields.push_back({operation, name});
    for (const std::string& spread : selection.spreads) {
      const auto fragment = fragments_.find(spread);
      if (fragment == fragments_.end() || depth == 8)
        out_.complete = false;
      else
        collect(operation, fragment->second, depth + 1);
    }
  }

  Lexer lexer_;
  GraphqlText out_;
  bool shorthand_ = false;
  std::vector<Selection> operations_;
  std::map<std::string, Selection> fragments_;
};

}  // namespace

GraphqlText read_graphql(std::string_view text) { return Reader(text.substr(0, 1 << 18)).read(); }

// Not a JSON parser: the body may have holes where a shell would put values.
std::vector<std::string> graphql_documents(std::string_view body) {
  const std::size_t begin = body.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  body.remove_prefix(begin);
  if (body.starts_with("query=")) return {std::string(body.substr(6))};
  if (body.front() != '{' && body.front() != '[') return {std::string(body)};
  std::vector<std::string> out;
  bool json = false;
  for (std::size_t at = body.find("\"query\""); at != std::string_view::npos; at = body.find("\"query\"", at + 1)) {
    std::size_t i = body.find_first_not_of(" \t\r\n", at + 7);
    if (i == std::string_view::npos || body[i] != ':') continue;
    json = true;
    i = body.find_first_not_of(" \t\r\n", i + 1);
    if (i == std::string_view::npos) continue;
    if (body[i] != '"') {
      out.emplace_back(1, kHole);
      continue;
    }
    std::size_t end = i + 1;
    while (end < body.size() && body[end] != '"') end += body[end] == '\\' ? 2 : 1;
    out.push_back(unescape(body.substr(i + 1, std::min(end, body.size()) - i - 1)));
  }
  if (!json) out.emplace_back(body);
  return out;
}

}  // namespace overreach::purpose
