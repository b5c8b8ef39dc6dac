#include "ci/bench/dense.h"

#include <algorithm>
#include <array>
#include <random>

#include "detectors/identify/identify.h"
#include "rules/catalog/sample.h"

namespace overreach::bench {
namespace {

constexpr std::array<std::string_view, 4> kKinds = {"tokens", "keywords", "base64", "line"};

/// One example after the other, round all rules, until `take` has had enough.
template <class Take>
void each_example(const Catalog& catalog, const Take& take) {
  for (std::uint64_t seed = 1;; ++seed)
    for (std::size_t i = 0; i < catalog.size(); ++i) {
      const Provider& provider = catalog.provider(i);
      for (const TokenRule& rule : provider.tokens)
        for (const std::string& example : rule.examples)
          if (!take(fill(example, rule, provider, seed, with_valid_checksum).text)) return;
    }
}

std::string tokens(std::size_t bytes, const Catalog& catalog) {
  std::string out;
  each_example(catalog, [&](const std::string& text) {
    out.append(text).append("\n");
    return out.size() < bytes;
  });
  return out;
}

std::string keywords(std::size_t bytes, const Catalog& catalog) {
  std::string out;
  while (out.size() < bytes)
    for (const Pattern& pattern : catalog.patterns())
      for (const std::string_view literal : pattern.literals)
        out.append(literal).append(out.size() % 7 == 0 ? "\n" : " ");
  return out;
}

std::string base64(std::size_t bytes) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::mt19937 random(1);  // a fixed seed, and an engine that the standard defines
  std::string out;
  while (out.size() < bytes) {
    for (int i = 0; i < 76; ++i) out += digits[random() % digits.size()];
    out += '\n';
  }
  return out;
}

std::string line(std::size_t bytes, const Catalog& catalog) {
  std::mt19937 random(1);
  std::string out;
  each_example(catalog, [&](std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    out.append(text);
    const std::size_t until = std::min(bytes, out.size() + (64 << 10));
    while (out.size() < until) {
      out += ' ';
      for (std::size_t i = 3 + random() % 8; i > 0; --i) out += static_cast<char>('a' + random() % 26);
    }
    return out.size() < bytes;
  });
  return out;
}

}  // namespace

std::span<const std::string_view> dense_kinds() { return kKinds; }

std::string dense_input(std::string_view kind, std::size_t bytes, const Catalog& catalog) {
  if (kind == "tokens") return tokens(bytes, catalog);
  if (kind == "keywords") return keywords(bytes, catalog);
  if (kind == "base64") return base64(bytes);
  if (kind == "line") return line(bytes, catalog);
  throw UsageError("there is no dense input '" + std::string(kind) + "'");
}

}  // namespace overreach::bench
