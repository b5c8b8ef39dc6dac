// Points in time as people write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace overreach {

/// Seconds since 1970 for "2026-01-01", "2026-01-01T12:30[:15][Z|+02:00]" (UTC unless it says otherwise), "30d", "12h",
/// "2.weeks", "2 weeks ago" (before `now`; min, h, d, w, mo of 30 days, y of 365) or "@1767225600". Nothing for other
/// text.
std::optional<std::int64_t> parse_since(std::string_view text, std::int64_t now);

}  // namespace overreach
