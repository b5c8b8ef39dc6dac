// Values that stand where a credential goes and are none.
//
// Every test below looks at the value itself, never at the path: a fixture can hold a real
// token. Lengths are chosen so that a random value of the usual alphabets fails a test less
// than once in ten thousand.
#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "detectors/identify/filters.h"
#include "scanner/base/hash.h"

namespace overreach {
namespace {

/// Longer values (keys in PEM, whole documents, macaroons) have runs and words by chance.
constexpr std::size_t kShort = 120;

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }
bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }
bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }
bool is_name_byte(char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '.' || c == '-' || c == ' '; }

/// Examples that providers print in their documentation, by SHA-256, so that this file stays clean.
bool is_documented_example(std::string_view value) {
  constexpr std::array<std::string_view, 6> digests = {
      "0011cc25eb4320717494d2703e8cba85743e71b500283c21c8b88147992f9059",  // Azure storage emulator
      "1a5d44a2dca19669d72edf4c4f1c27c4c1ca4b4408fbb17f6ce4ad452d78ddb3",  // AWS manual, key id
      "2cafc0970149a84f3b9e62eaf169f36f59907a3b3e31f7b82e68c69cd27f7326",  // Stripe manual, test key
      "78314b11be2e581549ac1c4f616563fad3fdf0c3b71678f6e2299182080e0598",  // AWS manual, secret key
      "7f75367e7881255134e1375e723d1dea8ad5f6a4fdb79d938df1f1754a830606",  // jwt.io sample
      "aa6547439583c3a275d4542a0df6c1ad6a863971be9f2a2220f027cc02aef615",  // Azure Cosmos DB emulator
  };
  return std::find(digests.begin(), digests.end(), hex(sha256(value))) != digests.end();
}

/// `${X}`, `{{ x }}`, `<token>`, `%X%`, `$(cmd)`, `$X`, `@X@`, `{0}`: the whole value or its beginning.
bool is_template(std::string_view value) {
  if (value.empty()) return false;
  for (const std::string_view mark : {"${", "{{", "}}", "#{", "$(", "<%", "%>"})
    if (value.find(mark) != std::string_view::npos && value.size() <= kShort) return true;
  const char first = value.front();
  const char last = value.back();
  const bool bracketed = (first == '<' && last == '>') || (first == '{' && last == '}') ||
                         (first == '[' && last == ']') || (first == '%' && last == '%') ||
                         (first == '@' && last == '@') || (first == '(' && last == ')');
  const std::string_view inside = value.substr(1);
  if (bracketed && value.size() > 2)
    return std::all_of(inside.begin(), inside.end() - 1, [](char c) { return is_name_byte(c); });
  return first == '$' && value.size() > 1 && (is_letter(inside.front()) || inside.front() == '_') &&
         std::all_of(inside.begin(), inside.end(), [](char c) { return is_name_byte(c) && c != ' '; }) &&
         std::none_of(inside.begin(), inside.end(),
                      [](char c) { return std::islower(static_cast<unsigned char>(c)) != 0; });
}

/// The value is the name inside a template whose marks the pattern left out.
bool inside_template(std::string_view value, std::string_view before, std::string_view after) {
  if (!std::all_of(value.begin(), value.end(), [](char c) { return is_name_byte(c); })) return false;
  while (before.ends_with(' ')) before.remove_suffix(1);
  while (after.starts_with(' ')) after.remove_prefix(1);
  return (before.ends_with("${") && after.starts_with("}")) || (before.ends_with("{{") && after.starts_with("}}"));
}

std::size_t longest_run(std::string_view text) {
  std::size_t longest = 0;
  std::size_t run = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    run = i > 0 && lower(text[i]) == lower(text[i - 1]) ? run + 1 : 1;
    longest = std::max(longest, run);
  }
  return longest;
}

/// "abcdefg", "7654321": the longest run of neighbours in one direction.
std::size_t longest_sequence(std::string_view text) {
  std::size_t longest = 0;
  std::size_t run = 1;
  int direction = 0;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const int step = lower(text[i]) - lower(text[i - 1]);
    const bool neighbours = (step == 1 || step == -1) && is_letter(text[i]) == is_letter(text[i - 1]);
    run = !neighbours ? 1 : step == direction ? run + 1 : 2;
    direction = neighbours ? step : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

/// "abcabcabcabc": the value is a short piece, three times or more.
bool repeats(std::string_view text) {
  for (std::size_t period = 1; period <= std::min<std::size_t>(text.size() / 3, 12); ++period)
    if (std::equal(text.begin() + static_cast<std::ptrdiff_t>(period), text.end(), text.begin())) return true;
  return false;
}

/// A run of the marks people blot values out with. Not dashes: PEM begins with them.
bool blotted(std::string_view text) {
  for (const std::string_view mark : {"xxxx", "****", "....", "####", "????", "____"})
    if (text.find(mark) != std::string_view::npos) return true;
  return text.find("…") != std::string_view::npos || text.find("•") != std::string_view::npos;
}

bool low_variety(std::string_view text) {
  if (text.size() < 6) return false;
  if (longest_run(text) >= std::max<std::size_t>(6, text.size() / 3) || repeats(text)) return true;
  return text.size() <= kShort && longest_sequence(text) >= 8;
}

bool has_word(std::string_view text) {
  constexpr std::array<std::string_view, 20> words = {
      "example",   "changeme",   "change_me", "change-me", "placeholder", "redacted", "replace_me",
      "replaceme", "replace-me", "your_",     "your-",     "yourtoken",   "yourkey",  "insert_",
      "insert-",   "dummy",      "deadbeef",  "cafebabe",  "goes-here",   "goes_here"};
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

/// Passwords of every tutorial.
bool is_tutorial_password(std::string_view text) {
  constexpr std::array<std::string_view, 27> words = {
      "admin",      "bar",    "changeit",   "foo",    "guest",  "hunter2",  "letmein",  "mysecretpassword",
      "mypassword", "none",   "null",       "pass",   "passwd", "password", "postgres", "pw",
      "pwd",        "qwerty", "root",       "secret", "test",   "testing",  "token",    "true",
      "undefined",  "user",   "password123"};
  return std::find(words.begin(), words.end(), text) != words.end();
}

}  // namespace

bool is_placeholder(std::string_view value, std::size_t known, std::string_view before, std::string_view after,
                    Stands as) {
  if (value.empty() || is_template(value) || inside_template(value, before, after)) return true;
  if (is_documented_example(value)) return true;
  std::string text(value.substr(std::min(known, value.size())));
  std::transform(text.begin(), text.end(), text.begin(), lower);
  const bool rejected = text.empty() || low_variety(text) || (as == Stands::alone && is_tutorial_password(text)) ||
                        (text.size() <= kShort && (blotted(text) || has_word(text)));
  explicit_bzero(text.data(), text.size());
  return rejected;
}

}  // namespace overreach
