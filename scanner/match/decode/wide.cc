#include "scanner/match/decode/wide.h"

#include <algorithm>
#include <bit>

#include "scanner/match/decode/window.h"

namespace overreach {
namespace {

constexpr std::uint64_t kShortest = 20;  // characters

bool is_text(char c) { return (c >= 0x20 && c < 0x7f) || c == '\n' || c == '\r' || c == '\t'; }

/// 2 or 4 when all of 16 bytes alternate like that, else 0.
unsigned width_of(unsigned nul) {
  if (nul == 0xaaaa || nul == 0x5555) return 2;
  return nul == 0xeeee || nul == 0xdddd || nul == 0xbbbb || nul == 0x7777 ? 4 : 0;
}

}  // namespace

/// A character and then zeros. Text with the high byte first has one zero more at its begin, and one less at its
/// end, which makes no difference.
bool WideFinder::unit(std::uint64_t at, unsigned width) const {
  if (!is_text(text_[at])) return false;
  for (unsigned i = 1; i < width && at + i < text_.size(); ++i)
    if (text_[at + i] != '\0') return false;
  return true;
}

void WideFinder::run(std::uint64_t at, unsigned width) {
  // Not bounded by the last run: what a run is must not depend on where the reading began. Runs of one width do
  // not overlap, so each is walked through once.
  std::uint64_t begin = at;
  while (begin >= width && unit(begin - width, width)) begin -= width;
  std::uint64_t end = at;
  while (end < text_.size() && unit(end, width)) end += width;
  // The last character may lack its zeros.
  if (end < text_.size() && is_text(text_[end])) ++end;
  done_[width / 4] = end;
  const Span all{begin, std::min<std::uint64_t>(end, text_.size())};
  if (all.size() < kShortest * width) return;
  for_each_window(all, [&](Span window, Span owned) {
    Region region;
    region.how = width == 2 ? Encoding::utf16 : Encoding::utf32;
    region.span = region.context = window;
    region.owned = owned;
    visit_(region);
  });
}

void WideFinder::block(std::uint64_t at, std::uint64_t nul) {
  for (unsigned lane = 0; lane < 4; ++lane, nul >>= 16U) {
    const auto bits = static_cast<unsigned>(nul & 0xffffU);
    const unsigned width = width_of(bits);
    const std::uint64_t first = at + lane * 16 + static_cast<unsigned>(std::countr_one(bits));
    if (width != 0 && first >= done_[width / 4] && unit(first, width)) run(first, width);
  }
}

void view_wide(std::string_view text, const Region& region, View& view) {
  const std::uint32_t width = region.how == Encoding::utf16 ? 2 : 4;
  view.begin_piece(region.span.begin, width, 1);
  for (std::uint64_t at = region.span.begin; at < region.span.end; at += width) view.text += text[at];
  view.end = region.span.end;
}

}  // namespace overreach
