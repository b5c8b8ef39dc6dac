// Base64 and hex: text in which every character carries a few bits.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/match/decode/find.h"

namespace overreach {

constexpr std::uint64_t kShortestRun = 24;  // characters of base64: 18 bytes

/// Looks at runs of the alphabet of base64, from left to right.
class DenseFinder {
 public:
  DenseFinder(std::string_view text, const VisitRegion& visit) : text_(text), visit_(visit) {}

  /// A maximal run of at least kShortestRun characters.
  void run(std::uint64_t begin, std::uint64_t end);

 private:
  struct Line {
    std::uint64_t index = 0;  // of its first character
    std::uint64_t at = 0;     // in the text
  };

  void join_lines(std::uint64_t begin, std::uint64_t end);
  void find_base64();
  void find_hex();
  void emit(Encoding how, Span characters, bool packed);
  std::uint64_t place_of(std::uint64_t index) const;

  std::string_view text_;
  const VisitRegion& visit_;
  std::uint64_t done_ = 0;      // lines that were joined to earlier ones end here
  std::uint64_t last_end_ = 0;  // of the last region
  std::string joined_;
  std::string_view characters_;  // of the run, without line breaks
  std::vector<Line> lines_;
};

/// Decodes a region of base64 or hex, with its context.
void view_dense(std::string_view text, const Region& region, View& view);

}  // namespace overreach
