#include "scanner/match/decode/text_units.h"

#include <algorithm>
#include <cstring>

#include "scanner/match/decode/classes.h"

namespace overreach {
namespace {

/// True when the line that ends with the line break before `at` could go on in the line that begins there.
bool may_wrap(std::string_view text, std::uint64_t at) {
  std::uint64_t end = at - 1;  // of the line
  if (end > 0 && text[end - 1] == '\r') --end;
  if (end < kWrapped) return false;
  for (std::uint64_t i = 0; i < kWrapped; ++i)
    if (!is_base64(text[end - 1 - i])) return false;
  std::uint64_t next = at;
  while (next < text.size() && next < at + kIndent && (text[next] == ' ' || text[next] == '\t')) ++next;
  return next < text.size() && is_base64(text[next]);
}

/// A unit begins after a line break, unless wrapped base64 or UTF-16 could go on there.
bool begins_unit(std::string_view text, std::uint64_t at) {
  if (at == 0 || at >= text.size()) return true;
  return text[at] != '\0' && !may_wrap(text, at);
}

}  // namespace

Span units_round(std::string_view text, Span dirty) {
  std::uint64_t begin = dirty.begin - std::min(dirty.begin, kUnitReach);
  std::uint64_t end = std::min<std::uint64_t>(text.size(), dirty.end + std::max(kUnitReach, 2 * kContextBefore));
  while (begin > 0) {
    begin = line_begin(text, begin, 0);
    if (begins_unit(text, begin)) break;
    --begin;
  }
  while (end < text.size()) {
    const void* found = std::memchr(text.data() + end, '\n', text.size() - end);
    if (found == nullptr) return {begin, text.size()};
    end = static_cast<std::uint64_t>(static_cast<const char*>(found) - text.data()) + 1;
    if (begins_unit(text, end)) break;
  }
  return {begin, end};
}

std::uint64_t after_line_break(std::string_view text, std::uint64_t at) {
  if (at < text.size() && text[at] == '\n') return at + 1;
  if (at + 1 < text.size() && text[at] == '\r' && text[at + 1] == '\n') return at + 2;
  return at;
}

std::uint64_t line_begin(std::string_view text, std::uint64_t at, std::uint64_t limit) {
  const void* found = at > limit ? memrchr(text.data() + limit, '\n', at - limit) : nullptr;
  return found == nullptr ? limit : static_cast<std::uint64_t>(static_cast<const char*>(found) - text.data()) + 1;
}

std::uint64_t context_begin(std::string_view text, std::uint64_t at) {
  const std::uint64_t limit = at - std::min(at, kContextBefore);
  const std::uint64_t line = line_begin(text, at, limit);
  return line > limit ? line_begin(text, line - 1, limit) : limit;
}

std::uint64_t context_end(std::string_view text, std::uint64_t at) {
  const std::uint64_t most = std::min<std::uint64_t>(kContextAfter, text.size() - at);
  const void* found = std::memchr(text.data() + at, '\n', most);
  return found == nullptr ? at + most : static_cast<std::uint64_t>(static_cast<const char*>(found) - text.data());
}

}  // namespace overreach
