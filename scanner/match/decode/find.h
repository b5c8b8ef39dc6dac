// Finds encoded text in a text.
#pragma once

#include <functional>
#include <string_view>

#include "scanner/match/decode/region.h"

namespace overreach {

using VisitRegion = std::function<void(const Region&)>;

/// Calls `visit` for each region of `part`, which is made of whole units (see text_units.h). Reads each byte of the
/// part a bounded number of times. The regions of one encoding cover a byte at most three times, windows that
/// overlap and their contexts included (base64: six times).
void find_regions(std::string_view text, Span part, const VisitRegion& visit);

/// Fills `view` with what `region` of `text` says.
void view_region(std::string_view text, const Region& region, View& view);

}  // namespace overreach
