// Finds encoded text in a text.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "scanner/match/decode/region.h"

namespace overreach {

using VisitRegion = std::function<void(const Region&)>;

/// Calls `visit` for each region of `part`, which is made of whole units (see text_units.h). Reads each byte of the
/// part a bounded number of times. The regions of one encoding cover a byte at most three times, windows that
/// overlap and their contexts included (base64: six times).
void find_regions(std::string_view text, Span part, const VisitRegion& visit);

/// The same for all of `text`, and appends the parts that are in reach of a long word to `gates`, as find_gates() does:
/// one pass over the bytes for both.
void find_regions(std::string_view text, const VisitRegion& visit, std::vector<Span>& gates);

/// Fills `view` with what `region` of `text` says.
void view_region(std::string_view text, const Region& region, View& view);

}  // namespace overreach
