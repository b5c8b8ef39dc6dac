// A recursive descent over RE2's syntax. RE2 is the judge of what is valid; this reader
// only refuses what it cannot generate.
#include "rules/catalog/regex_tree.h"

#include <array>
#include <string>
#include <utility>

#include "scanner/base/result.h"

namespace overreach {
namespace {

using Bytes = std::bitset<256>;
using Kind = RegexTree::Kind;

std::size_t index(char c) { return static_cast<unsigned char>(c); }

Bytes range(char from, char to) {
  Bytes out;
  for (std::size_t i = index(from); i <= index(to); ++i) out.set(i);
  return out;
}

Bytes any_of(std::string_view text) {
  Bytes out;
  for (const char c : text) out.set(index(c));
  return out;
}

const Bytes kDigits = range('0', '9');
const Bytes kUpper = range('A', 'Z');
const Bytes kLower = range('a', 'z');
const Bytes kWord = kDigits | kUpper | kLower | any_of("_");
const Bytes kSpace = any_of(" \t\n\f\r");
const Bytes kAscii = range('\0', '\x7f');

/// A negated class means ASCII: bytes beyond it would have to form whole characters.
Bytes negated(const Bytes& bytes) { return ~bytes & kAscii; }

/// \d \D \w \W \s \S; empty for any other letter.
Bytes perl_class(char letter) {
  switch (letter) {
    case 'd':
      return kDigits;
    case 'D':
      return negated(kDigits);
    case 'w':
      return kWord;
    case 'W':
      return negated(kWord);
    case 's':
      return kSpace;
    case 'S':
      return negated(kSpace);
    default:
      return {};
  }
}

Bytes posix_class(std::string_view name) {
  if (name == "digit") return kDigits;
  if (name == "upper") return kUpper;
  if (name == "lower") return kLower;
  if (name == "alpha") return kUpper | kLower;
  if (name == "alnum") return kUpper | kLower | kDigits;
  if (name == "word") return kWord;
  if (name == "xdigit") return kDigits | range('a', 'f') | range('A', 'F');
  if (name == "space") return kSpace | any_of("\v");
  if (name == "blank") return any_of(" \t");
  if (name == "punct") return range('!', '~') & ~(kUpper | kLower | kDigits);
  if (name == "graph") return range('!', '~');
  if (name == "print") return range(' ', '~');
  throw RuleError("cannot make text for the class [:" + std::string(name) + ":]");
}

RegexTree leaf(const Bytes& bytes) { return {Kind::bytes, bytes, {}, 0, 0}; }

class Reader {
 public:
  explicit Reader(std::string_view pattern) : rest_(pattern) {}

  RegexTree whole() {
    RegexTree tree = choice();
    if (!rest_.empty()) refuse("a ')' too many");
    return tree;
  }

 private:
  struct Flags {
    bool caseless = false;
    bool dot_newline = false;
  };

  [[noreturn]] static void refuse(const std::string& what) {
    throw RuleError("cannot make text for the pattern: " + what);
  }

  bool take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  char next() {
    if (rest_.empty()) refuse("it ends too early");
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  std::string_view take_until(char end) {
    const std::size_t at = rest_.find(end);
    if (at == std::string_view::npos) refuse(std::string("no closing ") + end);
    const std::string_view out = rest_.substr(0, at);
    rest_.remove_prefix(at + 1);
    return out;
  }

  Bytes folded(Bytes bytes) const {
    if (!flags_.caseless) return bytes;
    for (char c = 'a'; c <= 'z'; ++c) {
      const std::size_t lower = index(c), upper = lower - 32;
      if (bytes[lower] || bytes[upper]) bytes.set(lower).set(upper);
    }
    return bytes;
  }

  RegexTree literal(char c) const { return leaf(folded(any_of({&c, 1}))); }

  RegexTree choice() {
    const Flags outer = flags_;  // (?i) holds to the end of the group it stands in
    RegexTree out{Kind::choice, {}, {}, 0, 0};
    do {
      out.parts.push_back(sequence());
    } while (take("|"));
    flags_ = outer;
    return out.parts.size() == 1 ? std::move(out.parts.front()) : std::move(out);
  }

  RegexTree sequence() {
    RegexTree out;
    while (!rest_.empty() && rest_.front() != '|' && rest_.front() != ')') {
      RegexTree part = atom();
      while (quantifier(part)) {
      }
      out.parts.push_back(std::move(part));
    }
    return out;
  }

  /// Wraps `part` if a quantifier follows.
  bool quantifier(RegexTree& part) {
    unsigned least = 0, most = RegexTree::kUnbounded;
    if (take("?"))
      most = 1;
    else if (take("+"))
      least = 1;
    else if (!take("*") && !counted(least, most))
      return false;
    take("?");  // lazy: the same texts
    RegexTree out{Kind::repeat, {}, {}, least, most};
    out.parts.push_back(std::move(part));
    part = std::move(out);
    return true;
  }

  /// {n}, {n,} or {n,m}; a brace that is none of these is a literal.
  bool counted(unsigned& least, unsigned& most) {
    const std::size_t end = rest_.find('}');
    if (rest_.empty() || rest_.front() != '{' || end == std::string_view::npos) return false;
    const std::string_view body = rest_.substr(1, end - 1);
    if (body.empty() || body.front() == ',' || body.find_first_not_of("0123456789,") != std::string_view::npos)
      return false;
    const std::size_t comma = body.find(',');
    least = number(body.substr(0, comma));
    most = least;
    if (comma != std::string_view::npos)
      most = comma + 1 == body.size() ? RegexTree::kUnbounded : number(body.substr(comma + 1));
    rest_.remove_prefix(end + 1);
    return true;
  }

  static unsigned number(std::string_view digits) {
    if (digits.size() > 6) refuse("a count is too large");
    unsigned out = 0;
    for (const char c : digits) out = out * 10 + static_cast<unsigned>(c - '0');
    return out;
  }

  RegexTree atom() {
    if (take("(")) return group();
    if (take("[")) return leaf(bracket());
    if (take(".")) return leaf(flags_.dot_newline ? kAscii : negated(any_of("\n")));
    if (take("^") || take("$")) return {};
    if (take("\\")) return escape();
    return literal(next());
  }

  RegexTree group() {
    if (!take("?")) return closed(choice());
    if (take("P<")) {
      take_until('>');
      return closed(choice());
    }
    const Flags outer = flags_;
    bool on = true;
    for (;;) {
      const char c = next();
      if (c == ')') return {};  // (?i): the rest of the enclosing group
      if (c == ':') break;
      if (c == '-')
        on = false;
      else if (c == 'i')
        flags_.caseless = on;
      else if (c == 's')
        flags_.dot_newline = on;
      else if (c != 'm' && c != 'U')
        refuse("an unknown group");
    }
    RegexTree out = closed(choice());
    flags_ = outer;
    return out;
  }

  RegexTree closed(RegexTree tree) {
    if (!take(")")) refuse("no closing )");
    return tree;
  }

  RegexTree escape() {
    const char c = next();
    if (std::string_view("bBAz").find(c) != std::string_view::npos) return {};
    if (c == 'Q') return quote();
    if (c == 'C') return leaf(kAscii);
    if (const Bytes named = perl_class(c); named.any()) return leaf(named);
    return literal(escaped_byte(c));
  }

  RegexTree quote() {
    const std::size_t end = rest_.find("\\E");
    RegexTree out;
    for (const char c : rest_.substr(0, end)) out.parts.push_back(literal(c));
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 2);
    return out;
  }

  /// The byte that an escape stands for; `c` follows the backslash.
  char escaped_byte(char c) {
    constexpr std::array<std::pair<char, char>, 6> kControls = {
        {{'n', '\n'}, {'t', '\t'}, {'r', '\r'}, {'f', '\f'}, {'v', '\v'}, {'a', '\a'}}};
    for (const auto& [letter, byte] : kControls)
      if (c == letter) return byte;
    if (c == 'x') return hex_byte();
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) refuse(std::string("the escape \\") + c);
    return c;
  }

  char hex_byte() {
    std::string digits;
    if (take("{")) {
      digits = take_until('}');
    } else {
      digits += next();
      digits += next();
    }
    unsigned value = 0;
    for (const char d : digits) {
      const std::size_t at =
          std::string_view("0123456789abcdef").find(static_cast<char>(std::tolower(index(d) & 0x7FU)));
      if (at == std::string_view::npos || value > 0x7F) refuse("the escape \\x");
      value = value * 16 + static_cast<unsigned>(at);
    }
    if (value > 0x7F) refuse("a character beyond ASCII in an escape");
    return static_cast<char>(value);
  }

  Bytes bracket() {
    const bool negate = take("^");
    Bytes out;
    bool first = true;
    while (first || rest_.empty() || rest_.front() != ']') {
      first = false;
      out |= class_item();
    }
    rest_.remove_prefix(1);
    out = folded(out);
    return negate ? negated(out) : out;
  }

  Bytes class_item() {
    if (take("[:")) {
      const bool negate = take("^");
      const Bytes named = posix_class(take_until(':'));
      take("]");
      return negate ? negated(named) : named;
    }
    char from = next();
    if (from == '\\') {
      const char c = next();
      if (const Bytes named = perl_class(c); named.any()) return named;
      from = escaped_byte(c);
    }
    if (index(from) > 0x7F) refuse("a character beyond ASCII in a class");
    if (rest_.size() < 2 || rest_[0] != '-' || rest_[1] == ']') return any_of({&from, 1});
    rest_.remove_prefix(1);
    char to = next();
    if (to == '\\') to = escaped_byte(next());
    return range(from, to);
  }

  std::string_view rest_;
  Flags flags_;
};

}  // namespace

RegexTree parse_regex(std::string_view pattern) { return Reader(pattern).whole(); }

}  // namespace overreach
