// How much a scan has read and found, in words.
#pragma once

#include <chrono>
#include <ostream>
#include <string>

#include "scanner/source/source.h"

namespace overreach {

/// One line for a terminal: how much so far, how fast, and how long it will take where the source said how much there
/// is. `spent` is the time since the scan began.
std::string progress_line(const Tally& tally, std::chrono::duration<double> spent);

/// --stats: one line for each count, in bytes or pieces.
void print_work(std::ostream& out, const Tally& tally);

}  // namespace overreach
