// A set of object ids.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace overreach {

/// Raw object ids, all of one length, numbered in the order in which they were added. Several times faster and smaller
/// than a hash map of strings: ids are hashes already, so a part of one says where to look.
class IdTable {
 public:
  /// `id_size` is 20 or 32.
  explicit IdTable(std::size_t id_size) : id_size_(id_size), slots_(kFirstSlots, kFree) {}

  /// The number of the id; a new one when it is not there yet.
  std::uint32_t add(std::string_view raw_id);
  std::optional<std::uint32_t> find(std::string_view raw_id) const;
  std::string_view id(std::uint32_t number) const { return std::string_view(ids_).substr(number * id_size_, id_size_); }
  std::size_t id_size() const { return id_size_; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(ids_.size() / id_size_); }

 private:
  static constexpr std::uint32_t kFree = 0xffffffffU;
  static constexpr std::size_t kFirstSlots = 16;

  std::size_t slot_of(std::string_view raw_id) const;
  void grow();

  std::size_t id_size_;
  std::string ids_;
  std::vector<std::uint32_t> slots_;  // a power of two; at most half are in use
};

}  // namespace overreach
