#include "rules/catalog/assignment.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "rules/catalog/regex_tree.h"

namespace overreach {
namespace {

// The frame: NAME between SECRET-WORD tail type operator VALUE end. Each part is bounded, so that what it can reach is
// known. Classes are of ASCII: others are many times as large when RE2 has compiled them.
constexpr std::string_view kBetween =
    R"((?:[\t -+\--:<-~]{0,60}?|(?:[\t -~]{0,60}\r?\n){1,2}[ \t]{0,16}["'<-]{0,2})"  // not over a comma or semicolon
    R"((?:(?i:api|access|secret|auth|private|client|admin|rest|server|app|user|personal|account|x)[_. -]?){0,3}))";
constexpr std::string_view kSecretWord =
    R"((?:(?i:key|token|secret|bearer|basic|auth|pass|pwd|credential|[_-]pat\b)|Pat\b))";
constexpr std::string_view kTail = R"([0-9A-Za-z_.-]{0,16})";
constexpr std::string_view kType = R"((?:[ \t]?:[ \t]?[&'A-Za-z]{1,12}(?: [A-Za-z]{1,8})?)?)";
constexpr std::string_view kOperator =
    R"((?:["'`\\\])]{0,3}[ \t]{0,8}(?::=|=>|\|\||[:=>(,?]|[ \t])[ \t]{0,8})"   // key = value, key: value, --key value
    R"(|["']?,?\s{1,24}["']?(?i:value|default)["']?[ \t]{0,2}[:=][ \t]{0,4})"  // name: KEY, then value: VALUE
    R"(|["'] value=|</key>\s{1,16}<string>))"                                  // the same in XML
    R"(["'`\\(]{0,3}(?i:(?:bearer|basic|token|apikey|api-key|key)[ =:])?)";    // what a header says first
constexpr std::string_view kEnd = R"((?:[^0-9A-Za-z_/+=.-]|\.\s|\.?$))";
constexpr std::size_t kShapedFrom = 2;      // bytes that all values begin with
constexpr std::uint32_t kUnbounded = 2048;  // bytes allowed to a repetition without an end

constexpr std::array<std::string_view, 8> kCompletes = {"_key",  "_token", "_secret", "_password",
                                                        "_pass", "_pat",   "_auth",   "_credential"};

bool is_complete(std::string_view name) {
  return std::any_of(kCompletes.begin(), kCompletes.end(), [&](std::string_view word) { return name.ends_with(word); });
}

std::string quoted(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '_')
      out += "[_.-]?";
    else if (std::isalnum(static_cast<unsigned char>(c)) != 0 || static_cast<unsigned char>(c) >= 0x80)
      out += c;
    else
      out.append("\\").append(1, c);
  }
  return out;
}

std::string choice(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out.append(out.empty() ? "(?i:" : "|").append(quoted(name));
  return out + ")";
}

/// How the name can be spelled: all its '_' alike, because people mix separators only by accident.
void add_spellings(const std::string& name, std::vector<std::string>& out) {
  if (name.find('_') == std::string::npos) return out.push_back(name);
  for (const std::string_view separator : {"_", "-", ".", ""}) {
    std::string spelled;
    for (const char c : name) spelled.append(c == '_' ? separator : std::string_view(&c, 1));
    out.push_back(std::move(spelled));
  }
}

/// The bytes that every text of the expression begins with, as far as they stand there letter by letter.
std::size_t leading_literal(std::string_view value) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const bool escaped =
        value[i] == '\\' && i + 1 < value.size() && std::ispunct(static_cast<unsigned char>(value[i + 1])) != 0;
    const bool plain = std::isalnum(static_cast<unsigned char>(value[i])) != 0 || value[i] == '_' || value[i] == '-';
    if (!escaped && !plain) break;
    if (escaped) ++i;
    ++count;
  }
  const std::size_t after = value.find_first_of("?*{");
  return after == count && count > 0 ? count - 1 : count;  // a repetition takes the last one
}

std::uint32_t longest(const RegexTree& tree) {
  std::uint32_t out = 0;
  switch (tree.kind) {
    case RegexTree::Kind::bytes:
      return 1;
    case RegexTree::Kind::sequence:
      for (const RegexTree& part : tree.parts) out += longest(part);
      return out;
    case RegexTree::Kind::choice:
      for (const RegexTree& part : tree.parts) out = std::max(out, longest(part));
      return out;
    case RegexTree::Kind::repeat:
      return tree.most == RegexTree::kUnbounded ? kUnbounded : tree.most * longest(tree.parts[0]);
  }
  return out;
}

}  // namespace

Assignment assignment(const std::vector<std::string>& names, std::string_view value) {
  Assignment out;
  std::vector<std::string> complete, open;
  for (const std::string& name : names) {
    (is_complete(name) ? complete : open).push_back(name);
    add_spellings(name, out.literals);
  }
  std::string frame;
  if (!open.empty()) frame.append(choice(open)).append(kBetween).append(kSecretWord);
  if (!complete.empty()) frame.append(frame.empty() ? "" : "|").append(choice(complete));
  out.pattern.append("(?:").append(frame).append(")").append(kTail).append(kType).append(kOperator);
  out.pattern.append("(?P<secret>").append(value).append(")").append(kEnd);
  out.max_length = kAssignmentReach + longest(parse_regex(value));
  out.shaped = leading_literal(value) >= kShapedFrom;
  return out;
}

const std::vector<std::string>& identifier_words() {
  static const std::vector<std::string> words = {"id",          "ids",       "uuid",   "guid", "hash",     "sha",
                                                 "sha1",        "sha256",    "sha512", "md5",  "digest",   "checksum",
                                                 "fingerprint", "integrity", "commit", "rev",  "revision", "public",
                                                 "name",        "url",       "path"};
  return words;
}

}  // namespace overreach
