#include "rules/catalog/sure_run.h"

#include <algorithm>
#include <bitset>

#include "rules/catalog/regex_tree.h"
#include "scanner/base/alphabet.h"
#include "scanner/base/long_word.h"
#include "scanner/base/result.h"

namespace overreach {
namespace {

using Alphabet = std::bitset<256>;

constexpr std::uint32_t kMost = 4096;

std::uint32_t product(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(std::uint64_t{a} * b, kMost));
}

std::uint32_t sum(std::uint32_t a, std::uint32_t b) { return std::min(a + b, kMost); }

/// What is certain of the matches of a part of a pattern. Lengths are in bytes; kMost stands for all above it, too.
struct Sure {
  std::uint32_t longest = 0;        // run in it
  std::uint32_t least = 0;          // length of the part itself, if it is pure
  std::uint32_t most = 0;           // length of the part itself
  bool pure = true;                 // it has no other characters
  std::optional<std::uint32_t> at;  // a run that is long enough begins at most so far behind its beginning
};

/// Looks for runs of characters of `alphabet`, and for one of `enough` of them.
class RunReader {
 public:
  RunReader(const Alphabet& alphabet, std::uint32_t enough) : alphabet_(alphabet), enough_(enough) {}

  Sure read(const RegexTree& tree) const {
    switch (tree.kind) {
      case RegexTree::Kind::bytes:
        return (tree.bytes & ~alphabet_).none() ? Sure{1, 1, 1, true, {}} : Sure{0, 0, 1, false, {}};
      case RegexTree::Kind::sequence:
        return sequence(tree);
      case RegexTree::Kind::choice:
        return choice(tree);
      case RegexTree::Kind::repeat:
        return repeat(tree);
    }
    return {0, 0, kMost, false, {}};
  }

 private:
  Sure sequence(const RegexTree& tree) const {
    Sure out;
    std::uint32_t open = 0;     // the run that what follows makes longer
    std::uint32_t open_at = 0;  // where it begins at the latest
    for (const RegexTree& tree_part : tree.parts) {
      const Sure part = read(tree_part);
      if (!part.pure && part.at && !out.at) out.at = sum(out.most, *part.at);
      open = part.pure ? sum(open, part.least) : 0;
      if (open >= enough_ && !out.at) out.at = open_at;
      out.longest = std::max({out.longest, open, part.longest});
      out.pure = out.pure && part.pure;
      out.most = sum(out.most, part.most);
      if (!part.pure) open_at = out.most;
    }
    out.least = open;
    return out;
  }

  Sure choice(const RegexTree& tree) const {
    Sure out{kMost, kMost, 0, true, 0};
    for (const RegexTree& tree_part : tree.parts) {
      const Sure part = read(tree_part);
      out.longest = std::min(out.longest, part.longest);
      out.least = std::min(out.least, part.least);
      out.most = std::max(out.most, part.most);
      out.pure = out.pure && part.pure;
      out.at = out.at && part.at ? std::optional(std::max(*out.at, *part.at)) : std::nullopt;
    }
    return out;
  }

  Sure repeat(const RegexTree& tree) const {
    const Sure part = read(tree.parts[0]);
    const std::uint32_t most = product(part.most, std::min(tree.most, kMost));
    if (tree.least == 0) return {0, 0, most, part.pure, {}};
    if (!part.pure) return {part.longest, 0, most, false, part.at};
    const std::uint32_t least = product(part.least, std::min(tree.least, kMost));
    return {least, least, most, true, least >= enough_ ? std::optional<std::uint32_t>(0) : std::nullopt};
  }

  Alphabet alphabet_;
  std::uint32_t enough_;
};

Alphabet alphabet_of(bool (*has)(char)) {
  Alphabet out;
  for (std::size_t c = 0; c < out.size(); ++c) out[c] = has(static_cast<char>(c));
  return out;
}

}  // namespace

std::uint32_t sure_run(std::string_view pattern) {
  static const RunReader reader(alphabet_of(is_base64), kMost);
  try {
    return reader.read(parse_regex(pattern)).longest;
  } catch (const RuleError&) {
    return 0;  // it cannot be taken apart: nothing is certain
  }
}

std::optional<SureWord> sure_word(std::string_view pattern) {
  static const RunReader plain(alphabet_of(is_plain), kLongPlain);
  static const RunReader word(alphabet_of(is_token), kLongWord);
  try {
    const RegexTree tree = parse_regex(pattern);
    const Sure with_marks = word.read(tree);
    if (with_marks.pure && with_marks.at) return SureWord{0, kLongWord, true};
    if (const auto at = plain.read(tree).at) return SureWord{*at, kLongPlain, false};
    if (with_marks.at) return SureWord{*with_marks.at, kLongWord, false};
  } catch (const RuleError&) {
    // It cannot be taken apart.
  }
  return std::nullopt;
}

}  // namespace overreach
