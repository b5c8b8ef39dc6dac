// Long regions are cut in windows that overlap, so that what is decoded at a time has a bound.
#pragma once

#include <algorithm>
#include <cstdint>

#include "scanner/base/span.h"

namespace overreach {

constexpr std::uint64_t kWindow = 1 << 20;        // bytes of encoded text
constexpr std::uint64_t kWindowMore = 128 << 10;  // bytes that a window shares with the next one

/// Calls visit(window, owned) for each window of [begin, end). Matches that begin in `owned` belong to the window:
/// they have half of the shared bytes on either side.
template <class Visit>
void for_each_window(Span all, const Visit& visit) {
  std::uint64_t at = all.begin;
  std::uint64_t owned = all.begin;
  while (true) {
    const bool last = all.end - at <= kWindow + kWindowMore;
    const std::uint64_t end = last ? all.end : at + kWindow + kWindowMore;
    const std::uint64_t owned_end = last ? all.end : at + kWindow + kWindowMore / 2;
    visit(Span{at, end}, Span{owned, owned_end});
    if (last) return;
    owned = owned_end;
    at += kWindow;
  }
}

}  // namespace overreach
