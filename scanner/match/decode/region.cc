#include "scanner/match/decode/region.h"

#include <algorithm>

namespace overreach {
namespace {

/// The piece that holds offset `at` of the text.
std::vector<Stretch>::const_iterator piece_at(const std::vector<Stretch>& pieces, std::uint64_t at) {
  const auto it = std::upper_bound(pieces.begin(), pieces.end(), at,
                                   [](std::uint64_t offset, const Stretch& piece) { return offset < piece.at; });
  return it == pieces.begin() ? it : std::prev(it);
}

}  // namespace

std::string_view to_string(Encoding how) {
  switch (how) {
    case Encoding::base64:
      return "base64";
    case Encoding::hex:
      return "hex";
    case Encoding::percent:
      return "percent";
    case Encoding::escapes:
      return "escapes";
    case Encoding::utf16:
      return "UTF-16";
    case Encoding::utf32:
      return "UTF-32";
  }
  return "";
}

void View::clear() {
  text.clear();
  pieces.clear();
  end = 0;
  limited = false;
}

Span View::source_of(Span span) const {
  if (pieces.empty()) return {};
  const auto first = piece_at(pieces, span.begin);
  const std::uint64_t begin = first->from + (span.begin - first->at) / first->out * first->in;
  if (span.end <= span.begin) return {begin, begin};
  const auto last = piece_at(pieces, span.end - 1);
  return {begin, std::min(end, last->from + ((span.end - 1 - last->at) / last->out + 1) * last->in)};
}

bool View::decoded(Span span) const {
  auto it = piece_at(pieces, span.begin - std::min<std::uint64_t>(span.begin, 1));
  for (; it != pieces.end() && it->at <= span.end; ++it)
    if (!it->copied) return true;
  return false;
}

void View::copy(std::string_view bytes, std::uint64_t from) {
  if (bytes.empty()) return;
  const bool joins = !pieces.empty() && pieces.back().copied && end == from;
  if (!joins) pieces.push_back({text.size(), from, 1, 1, true});
  text += bytes;
  end = from + bytes.size();
}

void View::begin_piece(std::uint64_t from, std::uint32_t in, std::uint32_t out) {
  if (!pieces.empty()) {
    const Stretch& last = pieces.back();
    const std::uint64_t groups = (text.size() - last.at) / last.out;
    if (!last.copied && last.in == in && last.out == out && last.from + groups * in == from &&
        last.at + groups * out == text.size())
      return;
  }
  pieces.push_back({text.size(), from, in, out, false});
}

}  // namespace overreach
