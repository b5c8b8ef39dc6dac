#include "rules/catalog/sure_run.h"

#include <algorithm>
#include <bitset>

#include "rules/catalog/regex_tree.h"
#include "scanner/base/alphabet.h"
#include "scanner/base/result.h"

namespace overreach {
namespace {

constexpr std::uint32_t kMost = 4096;

/// What is certain of the matches of a part of a pattern.
struct Sure {
  std::uint32_t longest = 0;  // run in it
  std::uint32_t length = 0;   // of the part itself, at least
  bool pure = true;           // it has no other characters
};

bool is_pure(const std::bitset<256>& bytes) {
  for (std::size_t c = 0; c < bytes.size(); ++c)
    if (bytes[c] && !is_base64(static_cast<char>(c))) return false;
  return true;
}

Sure sure_of(const RegexTree& tree);

Sure of_sequence(const RegexTree& tree) {
  Sure out;
  std::uint32_t open = 0;  // the run that what follows makes longer
  for (const RegexTree& tree_part : tree.parts) {
    const Sure part = sure_of(tree_part);
    open = part.pure ? std::min(open + part.length, kMost) : 0;
    out.longest = std::max({out.longest, open, part.longest});
    out.pure = out.pure && part.pure;
  }
  out.length = open;
  return out;
}

Sure of_choice(const RegexTree& tree) {
  Sure out{kMost, kMost, true};
  for (const RegexTree& tree_part : tree.parts) {
    const Sure part = sure_of(tree_part);
    out = {std::min(out.longest, part.longest), std::min(out.length, part.length), out.pure && part.pure};
  }
  return out;
}

Sure of_repeat(const RegexTree& tree) {
  const Sure part = sure_of(tree.parts[0]);
  if (tree.least == 0) return {0, 0, part.pure};
  if (!part.pure) return {part.longest, 0, false};
  const std::uint32_t length = std::min(part.length * std::min(tree.least, kMost), kMost);
  return {length, length, true};
}

Sure sure_of(const RegexTree& tree) {
  switch (tree.kind) {
    case RegexTree::Kind::bytes:
      return is_pure(tree.bytes) ? Sure{1, 1, true} : Sure{0, 0, false};
    case RegexTree::Kind::sequence:
      return of_sequence(tree);
    case RegexTree::Kind::choice:
      return of_choice(tree);
    case RegexTree::Kind::repeat:
      return of_repeat(tree);
  }
  return {0, 0, false};
}

}  // namespace

std::uint32_t sure_run(std::string_view pattern) {
  try {
    return sure_of(parse_regex(pattern)).longest;
  } catch (const RuleError&) {
    return 0;  // it cannot be taken apart: nothing is certain
  }
}

}  // namespace overreach
