// Identifiers near a token: what a destructive call would need besides it.
#pragma once

#include <string_view>
#include <vector>

#include "detectors/identify/excerpt.h"
#include "detectors/identify/reading.h"

namespace overreach {

/// Identifiers of the reading's provider (`ids:` of its file) that are assigned to one of their
/// names within 2 KiB of the secret. Never a value in `hidden`. Lines are counted from the
/// reading; `path` is left empty.
std::vector<NearbyId> nearby_ids(std::string_view bytes, const Reading& reading, const Hidden& hidden);

}  // namespace overreach
