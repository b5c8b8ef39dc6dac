// Distinct entries of tree objects.
#pragma once

#include <cstdint>
#include <cstring>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace overreach {

/// Numbers for (name, id) pairs: the same file version stands in many thousand trees.
class EntryTable {
 public:
  /// `id_size` is 20 or 32.
  explicit EntryTable(std::size_t id_size);

  /// The number of the entry, in the order of first appearance.
  std::uint32_t add(std::string_view name, std::string_view raw_id);
  std::string_view id(std::uint32_t entry) const { return {row(entry), id_size_}; }
  std::string_view name(std::uint32_t entry) const {
    std::uint32_t number = 0;
    std::memcpy(&number, row(entry) + id_size_, sizeof number);
    return names_[number];
  }
  std::uint32_t size() const { return size_; }

 private:
  /// A place for the number of an entry, and enough of its hash to pass by most others without looking at them.
  struct Slot {
    std::uint32_t entry;
    std::uint32_t tag;
  };
  /// An entry as a whole, in one line of the processor's cache.
  struct alignas(64) Recent {
    std::uint32_t entry = 0;
    std::uint32_t name_size = 0;  // 0: free, no name is empty
    char id[32];
    char name[24];
  };

  const char* row(std::uint32_t entry) const { return rows_.data() + entry * (id_size_ + sizeof(std::uint32_t)); }
  bool is(std::uint32_t entry, std::string_view name, std::string_view raw_id) const {
    return id(entry) == raw_id && this->name(entry) == name;
  }
  std::uint32_t look_up(std::string_view name, std::string_view raw_id, std::uint64_t hash);
  std::uint32_t name_number(std::string_view name);
  void grow();

  std::size_t id_size_;
  std::uint32_t size_ = 0;
  std::string rows_;               // by entry: its id, and the number of its name beside it
  std::deque<std::string> names_;  // a deque: the views in name_numbers_ stay true
  std::unordered_map<std::string_view, std::uint32_t> name_numbers_;
  std::vector<Slot> slots_;     // a power of two; at most half are in use
  std::vector<Recent> recent_;  // neighbouring trees share most entries: asked first, small enough to stay cached
};

}  // namespace overreach
