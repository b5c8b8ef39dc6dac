// A set of object ids that may err on one side.
#pragma once

#include <bitset>
#include <cstring>
#include <string_view>

namespace overreach {

/// Answers "certainly not in it" or "perhaps" in one access to memory; a small one stays in the processor's cache.
template <std::size_t kBits>
class IdFilter {
 public:
  void add(std::string_view raw_id) { bits_.set(slot(raw_id)); }
  void add(const IdFilter& other) { bits_ |= other.bits_; }
  bool may_have(std::string_view raw_id) const { return bits_.test(slot(raw_id)); }

 private:
  static std::size_t slot(std::string_view raw_id) {
    std::uint32_t word = 0;
    std::memcpy(&word, raw_id.data() + 4, sizeof word);
    return word % kBits;
  }
  std::bitset<kBits> bits_;
};

}  // namespace overreach
