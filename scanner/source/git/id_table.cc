#include "scanner/source/git/id_table.h"

#include <cstring>

namespace overreach {
namespace {

/// Ids that somebody made to collide share some leading bytes; the multiplication takes in bytes from two places.
std::size_t hash_of(std::string_view raw_id) {
  std::uint64_t head = 0, tail = 0;
  std::memcpy(&head, raw_id.data(), sizeof head);
  std::memcpy(&tail, raw_id.data() + 8, sizeof tail);
  return static_cast<std::size_t>((head ^ (tail * 0x9e3779b97f4a7c15U)) >> 1U);
}

}  // namespace

/// The slot that holds the id, or the free one where it belongs.
std::size_t IdTable::slot_of(std::string_view raw_id) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash_of(raw_id) & mask;
  while (slots_[at] != kFree && id(slots_[at]) != raw_id) at = (at + 1) & mask;
  return at;
}

void IdTable::grow() {
  const std::uint32_t count = size();
  slots_.assign(slots_.size() * 2, kFree);
  for (std::uint32_t i = 0; i < count; ++i) slots_[slot_of(id(i))] = i;
}

std::uint32_t IdTable::add(std::string_view raw_id) {
  if (2 * (size() + std::size_t{1}) > slots_.size()) grow();
  const std::size_t at = slot_of(raw_id);
  if (slots_[at] == kFree) {
    slots_[at] = size();
    ids_ += raw_id;
  }
  return slots_[at];
}

std::optional<std::uint32_t> IdTable::find(std::string_view raw_id) const {
  const std::uint32_t number = slots_[slot_of(raw_id)];
  return number == kFree ? std::nullopt : std::optional(number);
}

}  // namespace overreach
