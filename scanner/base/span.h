// A range of bytes in a blob.
#pragma once

#include <cstdint>
#include <string_view>

namespace overreach {

/// Half-open byte range [begin, end) of a blob.
struct Span {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  std::uint64_t size() const noexcept { return end - begin; }
  std::string_view of(std::string_view bytes) const { return bytes.substr(begin, size()); }
  bool overlaps(const Span& other) const noexcept { return begin < other.end && other.begin < end; }
  bool contains(const Span& other) const noexcept { return begin <= other.begin && other.end <= end; }
  auto operator<=>(const Span&) const = default;
};

}  // namespace overreach
