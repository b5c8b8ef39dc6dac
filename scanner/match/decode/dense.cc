// Most long runs of base64 characters are paths, identifiers, hashes and pictures. They are told apart before
// anything is decoded: four characters that decode to three bytes of text (RFC 4648) have few of the 64 values in
// three of the four positions, so one group in eleven of random characters passes. Five in a row are asked for, at
// any of the four phases, since a run may begin with something else (`/path/of/` before it). The fifth is tested first:
// when it fails, the next place that could do lies behind it, so a run that is no text costs one test for twenty
// characters.
#include "scanner/match/decode/dense.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include "scanner/match/decode/classes.h"
#include "scanner/match/decode/inflate.h"
#include "scanner/match/decode/text_units.h"
#include "scanner/match/decode/window.h"

namespace overreach {
namespace {

constexpr std::size_t kGroups = 5;               // of base64 in a row that must be text
constexpr std::size_t kPairs = 12;               // of hex
constexpr std::size_t kHexRun = 32;              // shortest run of hex digits
constexpr std::size_t kPhases = 2;               // phases of one run that are decoded at most
constexpr std::uint64_t kMostPacked = 16 << 20;  // characters of a gzip stream

constexpr std::array<std::uint8_t, 256> kValue = [] {
  std::array<std::uint8_t, 256> out{};
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    out[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  out['-'] = 62;
  out['_'] = 63;
  return out;
}();

unsigned value(char c) { return kValue[static_cast<unsigned char>(c)]; }

/// Bit i: a group of text can have the character at place i (0 to 2).
constexpr std::array<std::uint8_t, 256> kTextGroup = [] {
  std::array<std::uint8_t, 256> out{};
  for (unsigned c = 0; c < 256; ++c) {
    const unsigned v = kValue[c];
    const unsigned second = v & 15U;
    unsigned bits = 0;
    if ((v >= 8 && v < 32) || v == 2 || v == 3) bits |= 1;      // 0x20 to 0x7f; tab and line breaks
    if ((second >= 2 && second < 8) || second == 0) bits |= 2;  // the high half of the second byte
    if ((v & 3U) < 2) bits |= 4;                                // the third byte is below 0x80
    out[c] = static_cast<std::uint8_t>(bits);
  }
  return out;
}();

bool text_group(const char* c) {
  const auto bits = [](char x) { return kTextGroup[static_cast<unsigned char>(x)]; };
  return ((bits(c[0]) & 1U) & (bits(c[1]) >> 1U) & (bits(c[2]) >> 2U)) != 0;
}

bool text_pair(const char* c) {
  const unsigned high = hex_value(c[0]);
  const unsigned low = hex_value(c[1]);
  return (high >= 2 && high < 8) || (high == 0 && (low == 9 || low == 10 || low == 13));
}

/// Text has more than a few different characters; rows of one letter, and of spaces, have not.
bool varied(std::string_view text) {
  std::uint64_t seen = 0;
  for (const char c : text) seen |= std::uint64_t{1} << (static_cast<unsigned char>(c) & 63U);
  return std::popcount(seen) >= 6;
}

/// Where a row of units that are all like the one before `at` ends: it is left behind at once.
std::size_t row_end(std::string_view text, std::size_t at, std::size_t width) {
  constexpr std::size_t kBlock = 1024;
  const auto same = [&](std::size_t size) {
    return at + size <= text.size() && std::memcmp(text.data() + at, text.data() + at - width, size) == 0;
  };
  while (same(kBlock)) at += kBlock;
  while (same(width)) at += width;
  return at;
}

/// True when `count` units of `width` characters in a row, the first at begin + i * width, pass.
template <class Test>
bool has_stretch(std::string_view text, std::size_t begin, std::size_t width, std::size_t count, const Test& test) {
  std::size_t at = begin;
  while (at + width * count <= text.size()) {
    std::size_t i = count;
    while (i > 0 && test(text.data() + at + (i - 1) * width)) --i;
    if (i == 0 && varied(text.substr(at, width * count))) return true;
    at += std::max<std::size_t>(i, 1) * width;
    if (i == 0) at = row_end(text, at, width);
  }
  return false;
}

std::size_t text_groups(std::string_view text, std::size_t begin) {
  std::size_t count = 0;
  for (std::size_t at = begin; at + 4 <= text.size(); at += 4) count += text_group(text.data() + at) ? 1U : 0U;
  return count;
}

/// UTF-16, low byte first, as `powershell -EncodedCommand` takes it: every other byte is 0.
bool begins_wide(std::string_view text) {
  if (text.size() < 32) return false;
  for (std::size_t at = 0; at < 32; at += 8) {
    const unsigned first = value(text[at]);
    if (first < 2 || first >= 32 || (value(text[at + 1]) & 15U) != 0 || value(text[at + 2]) > 1) return false;
    if (text[at + 4] != 'A' || value(text[at + 5]) > 7 || (value(text[at + 6]) & 3U) != 0 || text[at + 7] != 'A')
      return false;
  }
  return true;
}

/// What may stand behind the last line of wrapped base64.
bool ends_text(std::string_view text, std::uint64_t at) {
  return at == text.size() || std::string_view("=\r\n\"'<`").find(text[at]) != std::string_view::npos;
}

std::uint64_t run_end(std::string_view text, std::uint64_t at) {
  while (at < text.size() && is_base64(text[at])) ++at;
  return at;
}

/// Decodes the characters of a region one after the other, whatever stands between them.
class Decoder {
 public:
  Decoder(std::string_view text, const Region& region, View& view)
      : text_(text), end_(region.span.end), hex_(region.how == Encoding::hex), view_(view) {
    width_ = hex_ ? 2 : 4;
  }

  void decode(std::uint64_t at) {
    while (at < end_) {
      if (have_ == 0) at = decode_groups(at);
      if (at < end_ && is_base64(text_[at])) add(at);
      ++at;
    }
    finish();
  }

 private:
  /// Whole groups from `at` on, up to the next line break. Returns where they end.
  std::uint64_t decode_groups(std::uint64_t at) {
    std::uint64_t line_end = at;
    while (line_end < end_ && is_base64(text_[line_end])) ++line_end;
    const std::uint64_t groups = (line_end - at) / width_;
    if (groups == 0) return at;
    view_.begin_piece(at, width_, hex_ ? 1 : 3);
    const std::size_t before = view_.text.size();
    view_.text.resize(before + groups * (hex_ ? 1 : 3));
    char* out = view_.text.data() + before;
    const char* in = text_.data() + at;
    for (std::uint64_t i = 0; i < groups; ++i, in += width_) {
      if (hex_) {
        *out++ = static_cast<char>((hex_value(in[0]) << 4U) | hex_value(in[1]));
      } else {
        const unsigned bits = (value(in[0]) << 18U) | (value(in[1]) << 12U) | (value(in[2]) << 6U) | value(in[3]);
        *out++ = static_cast<char>(bits >> 16U);
        *out++ = static_cast<char>(bits >> 8U);
        *out++ = static_cast<char>(bits);
      }
    }
    view_.end = at + groups * width_;
    return view_.end;
  }

  void add(std::uint64_t at) {
    if (have_ == 0) first_ = at;
    group_[have_++] = text_[at];
    last_ = at;
    if (have_ == width_) {
      put(group_.data(), width_, first_, static_cast<std::uint32_t>(last_ + 1 - first_));
      have_ = 0;
    }
  }

  /// Two or three characters at the end are one or two bytes.
  void finish() {
    if (hex_ || have_ < 2) return;
    const std::uint32_t have = have_;
    while (have_ < 4) group_[have_++] = 'A';
    put(group_.data(), have, first_, static_cast<std::uint32_t>(last_ + 1 - first_));
  }

  void put(const char* c, std::uint32_t characters, std::uint64_t from, std::uint32_t in) {
    const std::uint32_t out = hex_ ? 1 : characters - 1;
    view_.begin_piece(from, in, out);
    if (hex_) {
      view_.text += static_cast<char>((hex_value(c[0]) << 4U) | hex_value(c[1]));
    } else {
      const unsigned bits = (value(c[0]) << 18U) | (value(c[1]) << 12U) | (value(c[2]) << 6U) | value(c[3]);
      const std::array<char, 3> bytes = {static_cast<char>(bits >> 16U), static_cast<char>(bits >> 8U),
                                         static_cast<char>(bits)};
      view_.text.append(bytes.data(), out);
    }
    view_.end = from + in;
  }

  std::string_view text_;
  std::uint64_t end_;
  bool hex_;
  View& view_;
  std::uint32_t width_ = 4;
  std::array<char, 4> group_{};
  std::uint32_t have_ = 0;
  std::uint64_t first_ = 0, last_ = 0;
};

/// The bytes between `begin` and the end of the view's text are a gzip stream: they are replaced by what it holds.
void unpack(const Region& region, View& view, std::size_t begin) {
  std::string plain;
  view.limited = !inflate_gzip(std::string_view(view.text).substr(begin), plain);
  std::erase_if(view.pieces, [&](const Stretch& piece) { return piece.at >= begin; });
  view.text.resize(begin);
  if (plain.empty()) return;
  // One group: whatever is found inside stands in all of the run.
  view.pieces.push_back({begin, region.span.begin, static_cast<std::uint32_t>(region.span.size()),
                         static_cast<std::uint32_t>(plain.size()), false});
  view.text += plain;
  view.end = region.span.end;
}

}  // namespace

std::uint64_t DenseFinder::place_of(std::uint64_t index) const {
  auto it = std::upper_bound(lines_.begin(), lines_.end(), index,
                             [](std::uint64_t at, const Line& line) { return at < line.index; });
  --it;
  return it->at + (index - it->index);
}

/// Wrapped text has lines of one length, a multiple of four; the first may be shorter, because something stands
/// before it, and the last.
void DenseFinder::join_lines(std::uint64_t begin, std::uint64_t end) {
  lines_.assign(1, {0, begin});
  characters_ = text_.substr(begin, end - begin);
  std::uint64_t at = after_line_break(text_, end);
  if (at == end || end - begin < kWrapped) return;
  const std::uint64_t left = line_begin(text_, begin, begin - std::min(begin, kIndent));
  const bool whole =
      std::all_of(text_.data() + left, text_.data() + begin, [](char c) { return c == ' ' || c == '\t'; });
  std::uint64_t width = whole ? end - begin : 0;
  while (width % 4 == 0) {
    const std::uint64_t most = std::min<std::uint64_t>(text_.size(), at + kIndent);
    while (at < most && (text_[at] == ' ' || text_[at] == '\t')) ++at;
    const std::uint64_t line_end = run_end(text_, at);
    const std::uint64_t length = line_end - at;
    if (width == 0 && length >= end - begin) width = length;
    if (length == 0 || !ends_text(text_, line_end) || (width != 0 && (length > width || width % 4 != 0))) return;
    if (lines_.size() == 1) joined_.assign(characters_);
    lines_.push_back({joined_.size(), at});
    joined_ += text_.substr(at, length);
    characters_ = joined_;
    done_ = line_end;
    at = after_line_break(text_, line_end);
    if (at == line_end || length != width) return;
  }
}

void DenseFinder::emit(Encoding how, Span characters, bool packed) {
  const std::uint64_t begin = place_of(characters.begin);
  const std::uint64_t end = place_of(characters.end - 1) + 1;
  std::uint64_t context = context_begin(text_, begin);
  if (last_end_ > context && last_end_ <= begin && line_begin(text_, begin, context) <= last_end_) context = last_end_;
  const std::uint64_t run = run_end(text_, end);
  const std::uint64_t padding =
      std::min(text_.find_first_not_of('=', run), std::min<std::size_t>(text_.size(), run + 2));
  const std::uint64_t after = context_end(text_, padding);
  for_each_window(characters, [&](Span window, Span owned) {
    if (packed && window.size() != characters.size()) return;
    Region region;
    region.how = how;
    region.packed = packed;
    region.span = {place_of(window.begin), place_of(window.end - 1) + 1};
    region.context = {window.begin == characters.begin ? context : region.span.begin,
                      window.end == characters.end ? after : region.span.end};
    region.owned = {owned.begin == characters.begin ? region.context.begin : place_of(owned.begin),
                    owned.end == characters.end ? region.context.end : place_of(owned.end)};
    visit_(region);
  });
  last_end_ = std::max(last_end_, end);
}

void DenseFinder::find_base64() {
  if (characters_.starts_with("H4sI") && characters_.size() <= kMostPacked)
    return emit(Encoding::base64, {0, characters_.size()}, true);
  if (begins_wide(characters_)) return emit(Encoding::base64, {0, characters_.size()}, false);
  std::vector<std::pair<std::size_t, std::size_t>> phases;  // groups of text, phase
  for (std::size_t phase = 0; phase < 4; ++phase)
    if (has_stretch(characters_, phase, 4, kGroups, text_group)) phases.emplace_back(0, phase);
  if (phases.size() > kPhases) {
    for (auto& [groups, phase] : phases) groups = text_groups(characters_, phase);
    std::stable_sort(phases.begin(), phases.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    phases.resize(kPhases);
  }
  const std::uint64_t before = last_end_;
  for (const auto& [groups, phase] : phases) {
    last_end_ = before;  // the same run: both have its context
    emit(Encoding::base64, {phase, characters_.size()}, false);
  }
}

void DenseFinder::find_hex() {
  std::size_t at = 0;
  while (at + kHexRun <= characters_.size()) {
    std::size_t i = kHexRun;
    while (i > 0 && is_hex(characters_[at + i - 1])) --i;
    if (i > 0) {
      at += i;
      continue;
    }
    std::size_t end = at + kHexRun;
    while (end < characters_.size() && is_hex(characters_[end])) ++end;
    const std::uint64_t before = last_end_;
    for (const std::size_t phase : {0U, 1U}) {
      if (!has_stretch(characters_.substr(0, end), at + phase, 2, kPairs, text_pair)) continue;
      last_end_ = before;
      emit(Encoding::hex, {at + phase, at + phase + (end - at - phase) / 2 * 2}, false);
    }
    at = end;
  }
}

void DenseFinder::run(std::uint64_t begin, std::uint64_t end) {
  if (begin < done_) return;
  join_lines(begin, end);
  find_base64();
  find_hex();
}

void view_dense(std::string_view text, const Region& region, View& view) {
  // What the run begins or ends with beside whole groups is no neighbour: a word would seem to go on.
  std::uint64_t left = region.span.begin;
  while (left > region.context.begin && is_base64(text[left - 1])) --left;
  view.copy(text.substr(region.context.begin, left - region.context.begin), region.context.begin);
  const std::size_t begin = view.text.size();
  Decoder(text, region, view).decode(region.span.begin);
  if (region.packed) unpack(region, view, begin);
  std::uint64_t right = region.span.end;
  while (right < region.context.end && (is_base64(text[right]) || text[right] == '=')) ++right;
  view.copy(text.substr(right, region.context.end - right), right);
}

}  // namespace overreach
