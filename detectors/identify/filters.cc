#include "detectors/identify/filters.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <string>
#include <vector>

#include "detectors/identify/identify.h"
#include "detectors/identify/lines.h"

namespace overreach {
namespace {

constexpr std::uint64_t kNearBytes = 40;

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }
bool is_upper(char c) { return std::isupper(static_cast<unsigned char>(c)) != 0; }
bool is_lower(char c) { return std::islower(static_cast<unsigned char>(c)) != 0; }
char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

std::string lowered(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

/// A word in lower case. `glued`: only `_`, `-`, `.` or a change of case parts it from the next.
struct Word {
  std::string text;
  bool glued = false;
};

std::vector<Word> words_of(std::string_view text) {
  std::vector<Word> words;
  char previous = 0;
  bool open = false;
  for (const char c : text) {
    if (is_word(c)) {
      const bool camel = open && is_upper(c) && is_lower(previous);
      if (!open || camel) words.emplace_back();
      if (camel) words[words.size() - 2].glued = true;
      words.back().text += lower(c);
    } else if (!words.empty()) {
      const bool joint = c == '_' || c == '-' || c == '.';
      words.back().glued = joint && (open || words.back().glued);
    }
    open = is_word(c);
    previous = c;
  }
  return words;
}

/// The words from `first` on, as far as they are glued, spell `needle`.
bool spells(const std::vector<Word>& words, std::size_t first, std::string_view needle) {
  for (std::size_t i = first; i < words.size(); ++i) {
    if (!needle.starts_with(words[i].text)) return false;
    needle.remove_prefix(words[i].text.size());
    if (needle.empty()) return true;
    if (!words[i].glued) return false;
  }
  return false;
}

bool has_flag(std::string_view left, std::string_view flag) {
  const std::string text = lowered(left);
  const std::string wanted = lowered(flag);
  const std::size_t at = text.rfind(wanted);
  if (at == std::string::npos) return false;
  const std::size_t end = at + wanted.size();
  return end == text.size() || (!is_word(text[end]) && text[end] != '-' && text[end] != '_');
}

/// The part of `left` that can name the value: after the separator that ends what stood before.
/// `a=1, token: ` leaves `token`; `uses: actions/checkout@` keeps all of it, because the value
/// has no operator of its own.
std::string_view naming_part(std::string_view left) {
  bool assigned = false;
  while (!left.empty() && !is_word(left.back())) {
    assigned = assigned || left.back() == '=' || left.back() == ':';
    left.remove_suffix(1);
  }
  const std::size_t cut = left.find_last_of(assigned ? ",;&|{}()[]<>=:" : ",;&|{}()[]<>");
  return cut == std::string_view::npos ? left : left.substr(cut + 1);
}

bool low_entropy(const Reading& reading, std::string_view value) {
  const std::string_view variable = value.substr(literal_length(*reading.rule, value));
  return reading.rule->entropy > 0 && entropy(variable) < reading.rule->entropy;
}

/// A password may be a word. A token is not: its prefix, or the name it is assigned to and its length, make it one.
bool only_words(const Reading& reading, std::string_view value) {
  const std::size_t prefix = literal_length(*reading.rule, value);
  return (reading.rule->named || prefix > 0) && reading.rule->check.empty() && reads_as_words(value.substr(prefix));
}

bool bad_checksum(const Reading& reading, std::string_view value) {
  return !reading.rule->check.empty() && !checksum_valid(reading.rule->check, value);
}

}  // namespace

bool named_by(const std::vector<std::string>& not_near, std::string_view left) {
  if (not_near.empty()) return false;
  const std::vector<Word> words = words_of(naming_part(left));
  for (const std::string& entry : not_near) {
    if (entry.starts_with('-')) {
      if (has_flag(left, entry)) return true;
      continue;
    }
    std::string needle;
    for (const Word& word : words_of(entry)) needle += word.text;
    for (std::size_t i = 0; i < words.size() && !needle.empty(); ++i)
      if (spells(words, i, needle)) return true;
  }
  return false;
}

double entropy(std::string_view text) {
  if (text.empty()) return 0;
  std::array<std::size_t, 256> counts{};
  for (const char c : text) ++counts[static_cast<unsigned char>(c)];
  double bits = 0;
  for (const std::size_t count : counts) {
    if (count == 0) continue;
    const double share = static_cast<double>(count) / static_cast<double>(text.size());
    bits -= share * std::log2(share);
  }
  return bits;
}

bool reads_as_words(std::string_view value) {
  constexpr std::size_t kShortest = 2;  // letters in a word
  constexpr std::size_t kLongest = 14;
  constexpr std::size_t kLeast = 4;  // on average
  const bool mixed = std::any_of(value.begin(), value.end(), is_lower);
  std::size_t words = 0;
  std::size_t letters = 0;
  std::size_t length = 0;  // of the word that is being read
  for (const char c : value) {
    const bool letter = is_lower(c) || is_upper(c);
    if (!letter && c != '-' && c != '_' && c != '.') return false;
    const bool begins = letter && (length == 0 || (mixed && is_upper(c)));
    if (length > 0 && length < kShortest && (begins || !letter)) return false;
    words += begins ? 1 : 0;
    letters += letter ? 1 : 0;
    length = begins ? 1 : letter ? length + 1 : 0;
    if (length > kLongest) return false;
  }
  return words > 0 && letters >= kLeast * words;
}

Rejection rejection(std::string_view bytes, const Reading& reading) {
  const std::string_view value = reading.secret.of(bytes);
  const std::string_view left = left_of(bytes, reading, kNearBytes);
  if (named_by(reading.rule->not_near, left)) return Rejection::identifier;
  // A name beside a credential may be any word: "root" is no user to leave out.
  const Stands as = reading.rule->only_as_companion && reading.rule->entropy == 0 ? Stands::beside : Stands::alone;
  if (is_placeholder(value, literal_length(*reading.rule, value), left, right_of(bytes, reading.secret.end, 8), as))
    return Rejection::placeholder;
  if (only_words(reading, value)) return Rejection::words;
  if (low_entropy(reading, value)) return Rejection::entropy;
  if (bad_checksum(reading, value)) return Rejection::checksum;
  return Rejection::none;
}

}  // namespace overreach
