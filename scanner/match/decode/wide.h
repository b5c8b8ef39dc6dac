// UTF-16 and UTF-32 in the middle of other bytes.
#pragma once

#include <cstdint>
#include <string_view>

#include "scanner/match/decode/find.h"

namespace overreach {

/// Looks at places where zero bytes alternate with others, from left to right. Only ASCII counts: no credential has
/// anything else, so other characters may end a run.
class WideFinder {
 public:
  WideFinder(std::string_view text, const VisitRegion& visit) : text_(text), visit_(visit) {}

  /// The 64 bytes at `at`, of which those in `nul` are zero.
  void block(std::uint64_t at, std::uint64_t nul);

 private:
  void run(std::uint64_t at, unsigned width);
  bool unit(std::uint64_t at, unsigned width) const;

  std::string_view text_;
  const VisitRegion& visit_;
  std::uint64_t done_[2] = {};  // where the last run of two, and of four, bytes ended
};

void view_wide(std::string_view text, const Region& region, View& view);

}  // namespace overreach
