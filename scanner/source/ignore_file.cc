// A pattern is cut at its slashes once. Matching a path is then matching two lists, where `**` in the one stands for
// any number of elements of the other, just as `*` in a name stands for any number of characters. Both use the same
// method: on a mismatch the last star takes one element more. That is at most the product of the lengths, where trying
// all stars against each other would take exponential time: the file comes with the repository, and is not to be
// trusted.
#include "scanner/source/ignore_file.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

namespace overreach {
namespace {

constexpr std::size_t kMostRules = 10'000;

using Rule = IgnoreFile::Rule;

bool in_class(std::string_view name, unsigned char c) {
  using Test = int (*)(int);
  constexpr std::pair<std::string_view, Test> classes[] = {
      {"alnum", std::isalnum}, {"alpha", std::isalpha}, {"blank", std::isblank}, {"cntrl", std::iscntrl},
      {"digit", std::isdigit}, {"graph", std::isgraph}, {"lower", std::islower}, {"print", std::isprint},
      {"punct", std::ispunct}, {"space", std::isspace}, {"upper", std::isupper}, {"xdigit", std::isxdigit}};
  return std::any_of(std::begin(classes), std::end(classes),
                     [&](const auto& one) { return one.first == name && one.second(c) != 0; });
}

/// One character that a pattern can stand for at a place.
struct Step {
  bool matches = false;
  std::size_t length = 1;  // of the pattern
};

/// `[...]` at the front of `pattern`; nothing when it is not closed.
std::optional<Step> match_bracket(std::string_view pattern, unsigned char c) {
  const bool negated = pattern.size() > 1 && (pattern[1] == '!' || pattern[1] == '^');
  bool found = false;
  const std::size_t first = negated ? 2 : 1;
  for (std::size_t at = first; at < pattern.size();) {
    if (pattern[at] == ']' && at > first) return Step{found != negated, at + 1};
    if (pattern.substr(at).starts_with("[:")) {
      const std::size_t end = pattern.find(":]", at + 2);
      if (end == std::string_view::npos) return std::nullopt;
      found = found || in_class(pattern.substr(at + 2, end - at - 2), c);
      at = end + 2;
      continue;
    }
    const auto take = [&] {
      if (pattern[at] == '\\' && at + 1 < pattern.size()) ++at;
      return static_cast<unsigned char>(pattern[at++]);
    };
    const unsigned char low = take();
    unsigned char high = low;
    if (at + 1 < pattern.size() && pattern[at] == '-' && pattern[at + 1] != ']') {
      ++at;
      high = take();
    }
    found = found || (low <= c && c <= high);
  }
  return std::nullopt;
}

Step match_one(std::string_view pattern, char c) {
  if (pattern[0] == '?') return {true, 1};
  if (pattern[0] == '[')
    if (const std::optional<Step> step = match_bracket(pattern, static_cast<unsigned char>(c))) return *step;
  if (pattern[0] == '\\' && pattern.size() > 1) return {pattern[1] == c, 2};
  return {pattern[0] == c, 1};
}

/// `segments` against the components of `path`. A pattern of one segment matches at any depth.
bool path_matches(const std::vector<std::string>& segments, std::string_view path) {
  const auto next = [&](std::size_t at) { return std::min(path.find('/', at), path.size()); };
  std::size_t s = 0, at = 0;
  std::size_t star = SIZE_MAX, star_at = 0;
  while (at < path.size()) {
    const std::size_t end = next(at);
    // A `**` at the end stands for at least one component: `a/**` is what lies in a, and not a.
    if (s < segments.size() && segments[s] == "**") {
      if (s + 1 == segments.size()) return true;
      star = s++;
      star_at = at;
    } else if (s < segments.size() && name_matches(segments[s], path.substr(at, end - at))) {
      ++s;
      at = std::min(end + 1, path.size());
    } else if (star != SIZE_MAX) {
      s = star + 1;
      star_at = std::min(next(star_at) + 1, path.size());
      at = star_at;
    } else {
      return false;
    }
  }
  return s == segments.size();
}

/// Up to the first space or tab that has no backslash before it.
std::string_view first_word(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\')
      ++at;
    else if (text[at] == ' ' || text[at] == '\t')
      return text.substr(0, at);
  }
  return text;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") + 1 - begin);
}

void cut_segments(std::string_view pattern, Rule& out) {
  if (pattern.ends_with('/') && !pattern.ends_with("\\/")) {
    out.directories = true;
    pattern.remove_suffix(1);
  }
  // A slash at the begin or in the middle ties the pattern to the root.
  if (pattern.find('/') == std::string_view::npos) out.segments.push_back("**");
  if (pattern.starts_with('/')) pattern.remove_prefix(1);
  while (!pattern.empty()) {
    const std::size_t end = std::min(pattern.find('/'), pattern.size());
    const std::string_view segment = pattern.substr(0, end);
    const bool twice = segment == "**" && !out.segments.empty() && out.segments.back() == "**";
    if (!segment.empty() && !twice) out.segments.emplace_back(segment);
    pattern.remove_prefix(std::min(end + 1, pattern.size()));
  }
}

/// A line with its spaces cut off, neither empty nor a comment. The message of an error lacks the place.
Rule parse_rule(std::string_view line) {
  Rule out;
  std::string_view word = first_word(line);
  const bool said = word.size() < line.size() && (word == "skip" || word == "mute");
  if (said) {
    if (word == "mute") out.kind = Rule::Kind::mute;
    line = trimmed(line.substr(word.size()));
    word = first_word(line);
  }
  out.written = word;
  out.reason = trimmed(line.substr(word.size()));
  if (!said && !out.reason.empty())
    throw UsageError("'" + std::string(word) + "' is neither 'skip' nor 'mute'; for a space in a path write '\\ '");
  if (word.starts_with('!')) {
    if (said) throw UsageError("'!' takes back skip and mute alike: write the pattern without a word before it");
    out.kind = Rule::Kind::neither;
    word.remove_prefix(1);
  }
  if (out.kind == Rule::Kind::mute && out.reason.empty())
    throw UsageError("a mute needs a reason: mute " + out.written + "   why it is harmless");
  cut_segments(word, out);
  if (word.empty() || out.segments.empty() || (out.segments.size() == 1 && out.segments[0] == "**" && word[0] == '/'))
    throw UsageError("a pattern is missing");
  return out;
}

}  // namespace

bool name_matches(std::string_view pattern, std::string_view name) {
  std::size_t p = 0, n = 0;
  std::size_t star = SIZE_MAX, star_n = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_n = n;
      continue;
    }
    const Step step = p < pattern.size() ? match_one(pattern.substr(p), name[n]) : Step{};
    if (step.matches) {
      p += step.length;
      ++n;
    } else if (star != SIZE_MAX) {
      p = star + 1;
      n = ++star_n;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

IgnoreFile::IgnoreFile(std::string name, std::string_view text) : name_(std::move(name)) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  std::uint32_t number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.starts_with('#')) continue;
    try {
      rules_.push_back(parse_rule(line));
      rules_.back().line = number;
      if (rules_.size() > kMostRules) throw UsageError("more than 10,000 rules");
    } catch (const UsageError& error) {
      throw UsageError(name_ + ":" + std::to_string(number) + ": " + error.what());
    }
  }
  counts_ = std::make_unique<std::atomic<std::uint64_t>[]>(rules_.size());
}

const Rule* IgnoreFile::last_match(std::string_view path, bool directory) const {
  for (auto rule = rules_.rbegin(); rule != rules_.rend(); ++rule)
    if ((directory || !rule->directories) && path_matches(rule->segments, path)) return &*rule;
  return nullptr;
}

const Rule* IgnoreFile::skips(std::string_view path, bool directory) const {
  const Rule* rule = last_match(path, directory);
  return rule != nullptr && rule->kind == Rule::Kind::skip ? rule : nullptr;
}

const Rule* IgnoreFile::decide(std::string_view path) const {
  const Rule* decision = nullptr;
  for (std::size_t end = path.find('/'); !rules_.empty(); end = path.find('/', end + 1)) {
    const bool directory = end != std::string_view::npos;
    if (const Rule* rule = last_match(path.substr(0, end), directory)) {
      decision = rule->kind == Rule::Kind::neither ? nullptr : rule;
      if (rule->kind == Rule::Kind::skip) break;
    }
    if (!directory) break;
  }
  return decision;
}

}  // namespace overreach
