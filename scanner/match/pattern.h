// What the matcher looks for.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "scanner/base/span.h"

namespace overreach {

/// One detection rule as the matcher sees it. Strings are borrowed from the rule
/// catalogue, which outlives every matcher.
struct Pattern {
  enum class Anchor : std::uint8_t {
    prefix,   // the match of `regex` begins at the literal
    inside,   // the literal lies somewhere inside the match (`-----BEGIN`, `AccountKey=`)
    context,  // the literal stands near the match (`railway`)
  };
  std::string_view id;                         // "railway/api-token"
  std::span<const std::string_view> literals;  // caseless; any one of them wakes the rule
  std::string_view regex;                      // RE2; see rules/README.md for its groups
  Anchor anchor = Anchor::prefix;
  std::uint32_t before = 0;           // bytes searched to the left of the literal (inside, context)
  std::uint32_t after = 0;            // bytes searched to the right of the literal (context)
  std::uint32_t max_length = 512;     // longest match in bytes; longer ones are not found
  std::uint32_t run = 0;              // each match has a run of so many base64 characters
  bool as_written = false;            // prefix, inside: a literal in other case (`ac` for `AC`) is part of no match
  bool gated = false;                 // each match has a long word in reach of the literal: scanner/base/long_word.h
  bool companion = false;             // of use beside a match of another rule only
  std::uint32_t companion_lines = 0;  // its companions stand in so many lines, its own included; 0: it has none
};

/// A match of one pattern in one blob.
struct Candidate {
  std::uint32_t rule = 0;  // index into the catalogue's patterns
  std::uint32_t reserved = 0;
  Span span;  // the whole match of the regex, context groups included
  auto operator<=>(const Candidate&) const = default;
};
static_assert(sizeof(Candidate) == 24);

}  // namespace overreach
