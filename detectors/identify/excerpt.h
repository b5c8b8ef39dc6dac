// A line that can be shown: every secret on it is masked.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/identify/reading.h"

namespace overreach {

/// Every value of one blob that must not be shown: the spans where rules found one, and the
/// values themselves, which may stand elsewhere without their context. Borrows the blob.
class Hidden {
 public:
  /// `spans` need not be sorted and may overlap.
  Hidden(std::string_view bytes, std::vector<Span> spans);

  /// The spans to mask within [begin, end), sorted and disjoint. They may reach beyond both.
  std::vector<Span> within(std::uint64_t begin, std::uint64_t end) const;

 private:
  std::uint64_t value_at(std::uint64_t offset) const;

  std::string_view bytes_;
  std::vector<Span> spans_;               // sorted, disjoint
  std::vector<std::string_view> values_;  // sorted, unique, 4 bytes or more
  std::array<bool, 256> first_bytes_{};   // that some value begins with
  std::uint64_t longest_ = 0;
};

/// The line of a secret, at most 240 bytes of valid UTF-8 without control characters.
struct Excerpt {
  std::string text;
  std::uint32_t column = 0;      // 1-based, in bytes: where the mask of this secret begins
  std::uint32_t end_column = 0;  // exclusive
};

/// `visible` is the number of leading bytes of the secret that are public knowledge.
Excerpt excerpt(std::string_view bytes, const Reading& reading, const Hidden& hidden, std::size_t visible);

}  // namespace overreach
