#include "rules/catalog/sample.h"

#include <re2/re2.h>

#include <algorithm>
#include <map>
#include <memory>

#include "rules/catalog/regex_tree.h"
#include "scanner/base/result.h"

namespace overreach {
namespace {

constexpr std::size_t kLongest = std::size_t{1} << 17U;  // bytes of one sample
constexpr unsigned kAttempts = 200;

/// SplitMix64 (Steele, Lea, Flood 2014): the standard library's distributions differ between vendors.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }
  /// Evenly from [0, count); the bias of the remainder is far below what a test could see.
  std::size_t below(std::size_t count) { return static_cast<std::size_t>(next() % count); }

 private:
  std::uint64_t state_;
};

bool is_alnum(std::size_t c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

/// What a person would type for a class: letters and digits for a wide one ([^"\s]), the
/// members themselves for a narrow one (or if `strange`), a blank where nothing else is asked for.
std::string choices(const std::bitset<256>& bytes, bool strange = false) {
  constexpr std::size_t kWide = 72;  // the base64 and URL alphabets are narrower
  std::string alnum, printable, rest;
  for (std::size_t c = 0; c < bytes.size(); ++c) {
    if (!bytes[c]) continue;
    (is_alnum(c) ? alnum : c > ' ' && c < 0x7F ? printable : rest) += static_cast<char>(c);
  }
  if (!alnum.empty()) return bytes.count() > kWide && !strange ? alnum : alnum + printable;
  if (bytes[' ']) return " ";
  return printable.empty() ? rest : printable;
}

/// A class of which many together make a body, not a separator.
bool is_body(const RegexTree& tree) {
  constexpr std::size_t kAlphabet = 10;
  return tree.kind == RegexTree::Kind::bytes && choices(tree.bytes).size() >= kAlphabet;
}

class Writer {
 public:
  Writer(std::uint64_t seed, bool strange) : random_(seed), strange_(strange) {}

  void write(const RegexTree& tree, std::string& out) {
    if (out.size() > kLongest) throw RuleError("cannot make text for the pattern: it would be too long");
    switch (tree.kind) {
      case RegexTree::Kind::bytes: {
        const std::string from = choices(tree.bytes, strange_);
        if (from.empty()) throw RuleError("cannot make text for the pattern: a class is empty");
        out += from[random_.below(from.size())];
        break;
      }
      case RegexTree::Kind::sequence:
        for (const RegexTree& part : tree.parts) write(part, out);
        break;
      case RegexTree::Kind::choice:
        write(tree.parts[random_.below(tree.parts.size())], out);
        break;
      case RegexTree::Kind::repeat:
        for (unsigned n = times(tree); n > 0; --n) write(tree.parts.front(), out);
        break;
    }
  }

 private:
  unsigned times(const RegexTree& tree) {
    constexpr unsigned kSpread = 16, kShortBody = 8;
    unsigned least = tree.least;
    unsigned spread = std::min(tree.most - least, kSpread);
    if (tree.most == RegexTree::kUnbounded) {
      const bool body = is_body(tree.parts.front());
      if (body && least <= 1) least = kShortBody;
      spread = body ? kShortBody : 1;
    }
    return least + static_cast<unsigned>(random_.below(spread + 1));
  }

  Random random_;
  bool strange_;
};

re2::RE2::Options quiet() {
  re2::RE2::Options options;
  options.set_log_errors(false);
  return options;
}

/// A pattern made ready for drawing.
struct Prepared {
  explicit Prepared(std::string_view text)
      : pattern(text), judge(re2::StringPiece(pattern.data(), pattern.size()), quiet()) {
    if (!judge.ok()) throw RuleError("not an RE2 expression: " + judge.error());
    tree = parse_regex(pattern);
  }

  std::string pattern;
  re2::RE2 judge;
  RegexTree tree;
};

/// Ready until the thread asks for another one: examples of one rule come in a row, and getting ready takes far longer
/// than drawing.
const Prepared& prepared(std::string_view pattern) {
  thread_local std::unique_ptr<Prepared> last;
  if (last == nullptr || last->pattern != pattern) last = std::make_unique<Prepared>(pattern);
  return *last;
}

/// Replaces every `placeholder` in `text`.
void replace(std::string& text, const std::string& placeholder, const std::string& value) {
  for (std::size_t at = text.find(placeholder); at != std::string::npos; at = text.find(placeholder, at + value.size()))
    text.replace(at, placeholder.size(), value);
}

/// Where group `secret` lies in a match of the whole text; the whole text without such a group.
re2::StringPiece secret_of(const re2::RE2& pattern, const std::string& match) {
  const auto& groups = pattern.NamedCapturingGroups();
  const auto group = groups.find("secret");
  if (group == groups.end()) return match;
  std::vector<re2::StringPiece> parts(static_cast<std::size_t>(group->second) + 1);
  const bool found =
      pattern.Match(match, 0, match.size(), re2::RE2::ANCHOR_BOTH, parts.data(), static_cast<int>(parts.size()));
  return found ? parts.back() : re2::StringPiece();
}

}  // namespace

std::string sample(std::string_view pattern, std::uint64_t seed) {
  const Prepared& ready = prepared(pattern);
  // Word boundaries and anchors are not planned for: a draw that breaks one is drawn again.
  for (unsigned attempt = 0; attempt < kAttempts; ++attempt) {
    std::string out;
    Writer(seed * kAttempts + attempt, attempt >= kAttempts / 2).write(ready.tree, out);
    if (re2::RE2::FullMatch(out, ready.judge)) return out;
  }
  throw RuleError("cannot make text for the pattern: no draw matched");
}

Generated generate(const TokenRule& rule, std::uint64_t seed, const Repair& repair) {
  Generated out;
  out.match = sample(rule.pattern, seed);
  const re2::StringPiece secret = secret_of(prepared(rule.pattern).judge, out.match);
  out.secret = secret.as_string();
  if (!repair || rule.check.empty()) return out;
  const auto at = static_cast<std::size_t>(secret.data() - out.match.data());
  std::string repaired = repair(rule.check, out.secret);
  out.match.replace(at, out.secret.size(), repaired);
  out.secret = std::move(repaired);
  return out;
}

Filled fill(std::string_view example, const TokenRule& rule, const Provider& provider, std::uint64_t seed,
            const Repair& repair) {
  Filled out{std::string(example), generate(rule, seed, repair)};
  // Companions first: a generated value may not be taken for a placeholder.
  std::uint64_t companion_seed = seed + 1;
  for (const TokenRule& other : provider.tokens) {
    const std::string placeholder = "{companion:" + other.id.substr(provider.id.size() + 1) + "}";
    if (out.text.find(placeholder) != std::string::npos)
      replace(out.text, placeholder, generate(other, ++companion_seed, repair).match);
  }
  replace(out.text, "{secret}", out.value.secret);
  replace(out.text, "{token}", out.value.match);
  return out;
}

}  // namespace overreach
