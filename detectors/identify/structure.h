// Companions that only the structure of a whole file tells.
#pragma once

#include <string_view>
#include <vector>

#include "detectors/identify/reading.h"

namespace overreach {

/// Gives readings what their file says about them elsewhere: in a kubeconfig, the server of the cluster that a user is
/// for, its certificate authority and namespace. Drops readings that only mean something in such a file and stand in
/// none. Keeps the order.
std::vector<Reading> read_structures(std::string_view bytes, std::vector<Reading> readings);

}  // namespace overreach
