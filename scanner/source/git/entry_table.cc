#include "scanner/source/git/entry_table.h"

#include <cstring>

namespace overreach {
namespace {

constexpr std::uint32_t kFree = 0xffffffffU;
constexpr std::size_t kFirstSlots = 1024;
constexpr std::size_t kRecent = 4096;

/// Ids are hashes; mixing in bytes from a second place makes it harder to choose ids that collide.
std::uint64_t hash_of(std::string_view raw_id) {
  std::uint64_t head = 0, tail = 0;
  std::memcpy(&head, raw_id.data(), sizeof head);
  std::memcpy(&tail, raw_id.data() + 8, sizeof tail);
  return head ^ (tail * 0x9e3779b97f4a7c15U);
}

/// Other bits than those that choose the slot, in a table of less than 4 billion.
std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32U); }

}  // namespace

EntryTable::EntryTable(std::size_t id_size)
    : id_size_(id_size), slots_(kFirstSlots, Slot{kFree, 0}), recent_(kRecent) {}

std::uint32_t EntryTable::name_number(std::string_view name) {
  const auto it = name_numbers_.find(name);
  if (it != name_numbers_.end()) return it->second;
  names_.emplace_back(name);
  return name_numbers_.emplace(names_.back(), static_cast<std::uint32_t>(names_.size() - 1)).first->second;
}

void EntryTable::grow() {
  slots_.assign(slots_.size() * 2, {kFree, 0});
  const std::size_t mask = slots_.size() - 1;
  for (std::uint32_t entry = 0; entry < size_; ++entry) {
    const std::uint64_t hash = hash_of(id(entry));
    std::size_t at = hash & mask;
    while (slots_[at].entry != kFree) at = (at + 1) & mask;
    slots_[at] = {entry, tag_of(hash)};
  }
}

std::uint32_t EntryTable::add(std::string_view name, std::string_view raw_id) {
  const std::uint64_t hash = hash_of(raw_id);
  Recent& recent = recent_[(hash >> 32U) % kRecent];
  if (recent.name_size == name.size() && std::memcmp(recent.id, raw_id.data(), id_size_) == 0 &&
      std::memcmp(recent.name, name.data(), name.size()) == 0)
    return recent.entry;
  const std::uint32_t entry = look_up(name, raw_id, hash);
  if (name.empty() || name.size() > sizeof recent.name) return entry;
  recent.entry = entry;
  recent.name_size = static_cast<std::uint32_t>(name.size());
  std::memcpy(recent.id, raw_id.data(), id_size_);
  std::memcpy(recent.name, name.data(), name.size());
  return entry;
}

std::uint32_t EntryTable::look_up(std::string_view name, std::string_view raw_id, std::uint64_t hash) {
  if (2 * (size_ + std::size_t{1}) > slots_.size()) grow();
  const std::size_t mask = slots_.size() - 1;
  const std::uint32_t tag = tag_of(hash);
  std::size_t at = hash & mask;
  while (slots_[at].entry != kFree && (slots_[at].tag != tag || !is(slots_[at].entry, name, raw_id)))
    at = (at + 1) & mask;
  if (slots_[at].entry != kFree) return slots_[at].entry;
  slots_[at] = {size_, tag};
  const std::uint32_t number = name_number(name);
  rows_ += raw_id;
  rows_.append(reinterpret_cast<const char*>(&number), sizeof number);
  return size_++;
}

}  // namespace overreach
