#include "detectors/identify/excerpt.h"

#include <algorithm>

#include "detectors/identify/lines.h"

namespace overreach {
namespace {

constexpr std::size_t kMost = 240;           // bytes of an excerpt
constexpr std::size_t kLeft = 120;           // bytes kept left of the secret
constexpr std::uint64_t kShortest = 4;       // values below are words; masking them would blot out the line
constexpr std::uint64_t kLookBehind = 4096;  // how far left of a window a masked value may begin
constexpr std::string_view kCut = "…";
constexpr std::string_view kBad = "\xef\xbf\xbd";  // U+FFFD

std::vector<Span> disjoint(std::vector<Span> spans) {
  std::sort(spans.begin(), spans.end());
  std::vector<Span> out;
  for (const Span& span : spans) {
    if (span.size() == 0) continue;
    if (!out.empty() && span.begin < out.back().end)
      out.back().end = std::max(out.back().end, span.end);
    else
      out.push_back(span);
  }
  return out;
}

std::size_t common_prefix(std::string_view a, std::string_view b) {
  const auto [x, y] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return static_cast<std::size_t>(x - a.begin());
}

/// C1 controls, and the marks that turn the direction of text: a line must read as it is.
bool misleads(std::string_view character) {
  if (character.size() == 2) return character[0] == '\xc2' && static_cast<unsigned char>(character[1]) < 0xa0;
  if (character.size() != 3 || character[0] != '\xe2') return false;
  const auto second = static_cast<unsigned char>(character[1]);
  const auto third = static_cast<unsigned char>(character[2]);
  return (second == 0x80 && ((third >= 0xa8 && third <= 0xae) || third == 0x8e || third == 0x8f || third == 0x8b)) ||
         (second == 0x81 && third >= 0xa6 && third <= 0xa9);
}

/// Text that any terminal can take: valid UTF-8, no control characters, tabs become spaces.
std::string presentable(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    bool valid = false;
    const std::string_view character = bytes.substr(0, character_length(bytes, valid));
    const auto first = static_cast<unsigned char>(character.front());
    if (character == "\t")
      out += ' ';
    else if (!valid || first < 0x20 || first == 0x7f || misleads(character))
      out += kBad;
    else
      out += character;
    bytes.remove_prefix(character.size());
  }
  return out;
}

/// The last characters of `text` that fit into `limit` bytes.
void keep_end(std::string& text, std::size_t limit) {
  if (text.size() <= limit) return;
  std::size_t cut = text.size() - limit + kCut.size();
  while (cut < text.size() && (static_cast<unsigned char>(text[cut]) & 0xc0U) == 0x80) ++cut;
  text.replace(0, cut, kCut);
}

void keep_begin(std::string& text, std::size_t limit) {
  if (text.size() <= limit) return;
  std::size_t cut = limit - kCut.size();
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xc0U) == 0x80) --cut;
  text.replace(cut, std::string::npos, kCut);
}

std::string mask(std::string_view value, std::size_t visible) { return Secret(std::string(value)).redacted(visible); }

/// The bytes [begin, end), each hidden span in them as its mask.
std::string masked_text(std::string_view bytes, std::uint64_t begin, std::uint64_t end, const Hidden& hidden) {
  std::string out;
  std::uint64_t at = begin;
  for (const Span& span : hidden.within(begin, end)) {
    if (span.begin > at) out += presentable(bytes.substr(at, span.begin - at));
    // A span that was cut by the window shows nothing of itself.
    out += span.begin >= begin ? mask(span.of(bytes), 0) : std::string(kCut);
    at = std::max(at, std::min(span.end, end));
  }
  if (at < end) out += presentable(bytes.substr(at, end - at));
  return out;
}

}  // namespace

Hidden::Hidden(std::string_view bytes, std::vector<Span> spans) : bytes_(bytes), spans_(std::move(spans)) {
  for (const Span& span : spans_) {
    if (span.size() < kShortest) continue;
    values_.push_back(span.of(bytes));
    first_bytes_[static_cast<unsigned char>(bytes[span.begin])] = true;
    longest_ = std::max(longest_, span.size());
  }
  std::sort(values_.begin(), values_.end());
  values_.erase(std::unique(values_.begin(), values_.end()), values_.end());
  spans_ = disjoint(std::move(spans_));
}

/// Length of a known value that begins at `offset`, 0 if there is none. The value that sorts
/// just before the text is a prefix of it, or shares what any other prefix could share.
std::uint64_t Hidden::value_at(std::uint64_t offset) const {
  if (!first_bytes_[static_cast<unsigned char>(bytes_[offset])]) return 0;
  std::string_view text = bytes_.substr(offset, longest_);
  while (text.size() >= kShortest) {
    const auto it = std::upper_bound(values_.begin(), values_.end(), text);
    if (it == values_.begin()) return 0;
    const std::string_view before = *std::prev(it);
    if (text.starts_with(before)) return before.size();
    text = text.substr(0, common_prefix(text, before));
  }
  return 0;
}

std::vector<Span> Hidden::within(std::uint64_t begin, std::uint64_t end) const {
  std::vector<Span> out;
  auto it = std::upper_bound(spans_.begin(), spans_.end(), begin,
                             [](std::uint64_t at, const Span& span) { return at < span.end; });
  for (; it != spans_.end() && it->begin < end; ++it) out.push_back(*it);
  const std::uint64_t first = begin - std::min(begin, std::min(longest_, kLookBehind));
  for (std::uint64_t at = first; at < end; ++at)
    if (const std::uint64_t length = value_at(at); length > 0 && at + length > begin) out.push_back({at, at + length});
  return disjoint(std::move(out));
}

Excerpt excerpt(std::string_view bytes, const Reading& reading, const Hidden& hidden, std::size_t visible) {
  // Twice the room: masks are shorter than what they hide, and indentation goes away.
  const std::string_view left = left_of(bytes, reading, 2 * kMost);
  const Span secret = reading.secret;
  const bool whole = left.size() == secret.begin - reading.at.line_begin;
  std::string before = masked_text(bytes, secret.begin - left.size(), secret.begin, hidden);
  if (whole)
    before.erase(0, std::min(before.find_first_not_of(' '), before.size()));
  else
    before.insert(0, kCut);
  keep_end(before, kLeft);

  const std::string_view first_line = right_of(bytes, secret.begin, secret.size());
  const bool several_lines = first_line.size() < secret.size();
  const std::string hidden_text = mask(secret.of(bytes), visible);
  Excerpt out;
  out.column = static_cast<std::uint32_t>(before.size()) + 1;
  out.end_column = out.column + static_cast<std::uint32_t>(hidden_text.size());
  std::string after;
  if (!several_lines) {
    const std::string_view right = right_of(bytes, secret.end, 2 * kMost);
    after = masked_text(bytes, secret.end, secret.end + right.size(), hidden);
    while (after.ends_with(' ')) after.pop_back();
  }
  out.text = std::move(before) + hidden_text + after;
  keep_begin(out.text, kMost);
  return out;
}

}  // namespace overreach
