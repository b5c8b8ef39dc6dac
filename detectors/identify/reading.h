// A candidate, read: which bytes are the credential and which are its parts.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "detectors/model/token.h"
#include "rules/catalog/catalog.h"
#include "scanner/match/pattern.h"

namespace overreach {

/// Where a reading stands. Filled in by locate().
struct Position {
  std::uint32_t line = 1;        // 1-based
  std::uint64_t line_begin = 0;  // byte offset of the line's first byte
  std::uint32_t utf16 = 0;       // UTF-16 units between the line's begin and the secret
};

/// One candidate with its groups. Spans are offsets into the blob it was read from.
struct Reading {
  std::uint32_t index = 0;  // of the rule, in the catalogue's patterns
  const TokenRule* rule = nullptr;
  const Provider* provider = nullptr;
  Pattern::Anchor anchor = Pattern::Anchor::prefix;
  Span match;
  Span secret;                     // the group `secret`, else the match
  std::vector<Companion> parts;    // by the other groups, then by pairing
  std::vector<Span> secret_parts;  // where those stand that must not be shown
  Position at;
};

/// Runs the rule's pattern once more, anchored on the candidate, for its groups. Empty
/// when the pattern does not match there: the candidate was made for other bytes.
std::optional<Reading> read(std::string_view bytes, const Candidate& candidate, const Catalog& catalog);

/// True for parts that name a place or a person (`host`, `user`, `project_id`) and may be shown.
bool is_public_role(std::string_view role);

/// The leading literal of a prefix rule that `secret` begins with ("ghp_"), caseless; its
/// length in bytes, 0 when there is none. Everybody knows these bytes.
std::size_t literal_length(const TokenRule& rule, std::string_view secret);

/// True when `a` says more about its bytes than `b`: a literal of its own over mere context,
/// then the longer secret, then the surer rule, then the order of ids.
bool more_specific(const Reading& a, const Reading& b);

}  // namespace overreach
