// Which readings are credentials of their own, and which belong to another one.
#pragma once

#include <vector>

#include "detectors/identify/reading.h"

namespace overreach {

/// Decides overlaps (the more specific reading stays), gives owners their companions (the
/// nearest match of the named rule, each secret to one owner) and drops what cannot stand
/// alone. `readings` have passed the filters, are located, and sorted by secret. Sorted on return.
std::vector<Reading> settle(std::string_view bytes, std::vector<Reading> readings);

}  // namespace overreach
