#include "scanner/source/git/pack.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "scanner/source/parallel.h"

namespace overreach {
namespace {

std::uint64_t big_endian(std::string_view bytes, std::size_t at, unsigned count) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < count; ++i) value = (value << 8U) | static_cast<std::uint8_t>(bytes[at + i]);
  return value;
}

constexpr std::string_view kIndexMagic("\377tOc\0\0\0\2", 8);
constexpr std::size_t kFanout = 256 * 4;

constexpr std::uint64_t kPackHeader = 12;

bool is_delta(ObjectType type) { return type == ObjectType::ofs_delta || type == ObjectType::ref_delta; }

/// Sorts by the bits above `shift`, digit by digit, the lowest first: a million offsets are sorted several times as
/// fast as by comparing them.
void sort_by_high_bits(std::vector<std::uint64_t>& values, unsigned shift, std::uint64_t largest) {
  constexpr unsigned kBits = 11;
  constexpr std::size_t kDigits = std::size_t{1} << kBits;
  std::vector<std::uint64_t> sorted(values.size());
  for (; shift < 64 && (largest >> shift) != 0; shift += kBits) {
    const auto digit = [&](std::uint64_t value) { return (value >> shift) % kDigits; };
    std::array<std::size_t, kDigits + 1> next{};
    for (const std::uint64_t value : values) ++next[digit(value) + 1];
    for (std::size_t i = 0; i < kDigits; ++i) next[i + 1] += next[i];
    for (const std::uint64_t value : values) sorted[next[digit(value)]++] = value;
    values.swap(sorted);
  }
}

}  // namespace

Result<Pack> Pack::open(const std::filesystem::path& index, std::size_t id_size) {
  Pack pack;
  pack.id_size_ = id_size;
  pack.path_ = index;
  pack.path_.replace_extension(".pack");
  Result<MappedFile> index_file = MappedFile::open(index);
  if (!index_file) return tl::unexpected(index_file.error());
  Result<MappedFile> pack_file = MappedFile::open(pack.path_);
  if (!pack_file) return tl::unexpected(pack_file.error());
  pack.index_ = std::move(*index_file);
  pack.pack_ = std::move(*pack_file);
  const Result<void> read = pack.read_index();
  if (!read) return tl::unexpected(read.error());
  return pack;
}

Result<void> Pack::read_index() {
  const auto malformed = [](const char* what) { return fail(Error::Kind::malformed, what); };
  const std::string_view pack = pack_.bytes();
  if (pack.size() < 12 + id_size_ || !pack.starts_with("PACK")) return malformed("not a pack, or truncated");
  const std::uint64_t version = big_endian(pack, 4, 4);
  if (version != 2 && version != 3) return malformed("unknown pack version");

  std::string_view rest = index_.bytes();
  const bool v2 = rest.starts_with(kIndexMagic);
  if (v2) rest.remove_prefix(kIndexMagic.size());
  if (rest.size() < kFanout + 2 * id_size_) return malformed("pack index is truncated");
  fanout_ = rest.substr(0, kFanout);
  rest.remove_prefix(kFanout);
  for (std::size_t i = 1; i < 256; ++i)
    if (big_endian(fanout_, 4 * i, 4) < big_endian(fanout_, 4 * (i - 1), 4)) return malformed("pack index is damaged");
  count_ = static_cast<std::uint32_t>(big_endian(fanout_, kFanout - 4, 4));
  if (count_ != big_endian(pack, 8, 4)) return malformed("pack and index do not agree on the number of objects");
  const std::uint64_t row = v2 ? id_size_ + 8 : id_size_ + 4;
  if (rest.size() < row * count_ + 2 * id_size_) return malformed("pack index is truncated");
  whole_ = rest.substr(rest.size() - 2 * id_size_, id_size_) == checksum();

  large_ = v2 ? rest.substr(row * count_, rest.size() - row * count_ - 2 * id_size_) : "";
  ids_ = v2 ? rest : rest.substr(4);
  id_stride_ = v2 ? id_size_ : id_size_ + 4;
  offsets_ = v2 ? rest.substr((id_size_ + 4) * count_) : rest;
  offset_stride_ = v2 ? 4 : id_size_ + 4;
  return {};
}

std::string_view Pack::checksum() const { return pack_.bytes().substr(pack_.bytes().size() - id_size_); }

std::uint64_t Pack::offset_at(std::uint32_t position) const {
  const std::uint64_t offset = big_endian(offsets_, offset_stride_ * position, 4);
  if (offset_stride_ != 4 || (offset & 0x80000000U) == 0) return offset;
  const std::uint64_t at = (offset & 0x7fffffffU) * 8;
  return at + 8 <= large_.size() ? big_endian(large_, at, 8) : 0;
}

std::optional<Pack::Stored> Pack::stored_at(std::uint64_t offset) const {
  const std::string_view pack = pack_.bytes();
  const std::uint64_t end = pack.size() - id_size_;
  std::uint64_t at = offset;
  bool good = at >= kPackHeader && at < end;
  const auto byte = [&]() -> std::uint8_t {
    good = good && at < end;
    return good ? static_cast<std::uint8_t>(pack[at++]) : std::uint8_t{0};
  };
  Stored stored;
  std::uint8_t b = byte();
  stored.type = static_cast<ObjectType>((b >> 4U) & 7U);
  stored.size = b & 0x0fU;
  for (unsigned shift = 4; (b & 0x80U) != 0 && shift < 60; shift += 7) {
    b = byte();
    stored.size |= static_cast<std::uint64_t>(b & 0x7fU) << shift;
  }
  if (stored.type == ObjectType::ofs_delta) {
    b = byte();
    std::uint64_t distance = b & 0x7fU;
    for (int i = 0; (b & 0x80U) != 0 && i < 8; ++i) {
      b = byte();
      distance = ((distance + 1) << 7U) | (b & 0x7fU);
    }
    stored.base_offset = distance <= offset ? offset - distance : 0;
  } else if (stored.type == ObjectType::ref_delta) {
    good = good && end - at > id_size_;
    if (good) stored.base_id = pack.substr(at, id_size_);
    at += id_size_;
  }
  stored.data = at;
  if (!good || at >= end) return std::nullopt;
  return stored;
}

void Pack::load(unsigned workers) {
  constexpr std::size_t kBlock = 4096;
  if (entries_.size() == count_) return;
  entries_.resize(count_);
  sort_entries();
  parallel_for((count_ + kBlock - 1) / kBlock, workers, [&](std::size_t block, unsigned /*worker*/) {
    const std::size_t end = std::min<std::size_t>(count_, (block + 1) * kBlock);
    for (std::size_t i = block * kBlock; i < end; ++i) read_entry(static_cast<std::uint32_t>(i));
  });
  grow_forest();
}

/// Offsets and positions of the entries, in the order of the pack.
void Pack::sort_entries() {
  std::uint64_t largest = 0;
  for (std::uint32_t i = 0; i < count_; ++i) largest = std::max(largest, offset_at(i));
  const auto position_bits = static_cast<unsigned>(std::bit_width(count_));
  if (largest >> (64 - position_bits) != 0) {  // only damaged indexes have such offsets
    for (std::uint32_t i = 0; i < count_; ++i) entries_[i] = {.offset = offset_at(i), .position = i};
    std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
      return std::pair(a.offset, a.position) < std::pair(b.offset, b.position);
    });
    return;
  }
  std::vector<std::uint64_t> places(count_);  // both in one number
  for (std::uint32_t i = 0; i < count_; ++i) places[i] = offset_at(i) << position_bits | i;
  sort_by_high_bits(places, position_bits, largest << position_bits);
  for (std::uint32_t i = 0; i < count_; ++i) {
    entries_[i].offset = places[i] >> position_bits;
    entries_[i].position = static_cast<std::uint32_t>(places[i] & ((std::uint64_t{1} << position_bits) - 1));
  }
}

/// The entry that begins at `offset`; kNone when none does. Bases mostly lie a little before what derives from them, so
/// the search strides away from the entry `near`, doubling its step.
std::uint32_t Pack::entry_at(std::uint64_t offset, std::uint32_t near) const {
  std::size_t low = near, high = entries_.size();
  for (std::size_t step = 16; low > 0 && entries_[low].offset > offset; step *= 2) {
    high = low;
    low -= std::min(low, step);
  }
  const auto begin = entries_.begin();
  const auto it = std::lower_bound(begin + static_cast<std::ptrdiff_t>(low), begin + static_cast<std::ptrdiff_t>(high),
                                   offset, [](const Entry& e, std::uint64_t wanted) { return e.offset < wanted; });
  return it != entries_.end() && it->offset == offset ? static_cast<std::uint32_t>(it - entries_.begin()) : kNone;
}

void Pack::read_entry(std::uint32_t i) {
  Entry& entry = entries_[i];
  const std::optional<Stored> stored = stored_at(entry.offset);
  if (!stored) return;
  entry.type = stored->type;
  entry.size = stored->size;
  entry.header = static_cast<std::uint8_t>(stored->data - entry.offset);
  if (entry.type == ObjectType::ofs_delta) entry.base = entry_at(stored->base_offset, i);
  if (entry.type == ObjectType::ref_delta)
    if (const std::optional<std::uint32_t> position = position_of(stored->base_id))
      entry.base = entry_at(offset_at(*position), i);
}

/// Children, weights and types. Entries that no root leads to (a damaged pack can have cycles) keep
/// an unknown type.
void Pack::grow_forest() {
  first_child_.assign(count_ + 1, 0);
  for (const Entry& entry : entries_)
    if (is_delta(entry.type) && entry.base != kNone) ++first_child_[entry.base + 1];
  for (std::uint32_t i = 0; i < count_; ++i) first_child_[i + 1] += first_child_[i];
  children_.resize(first_child_[count_]);
  std::vector<std::uint32_t> next(first_child_.begin(), first_child_.end() - 1);
  for (std::uint32_t i = 0; i < count_; ++i)
    if (is_delta(entries_[i].type) && entries_[i].base != kNone) children_[next[entries_[i].base]++] = i;

  const auto has_base = [&](const Entry& entry) { return is_delta(entry.type) && entry.base != kNone; };
  const auto settle = [&](std::uint32_t i) {
    Entry& entry = entries_[i];
    if (has_base(entry))
      entry.root = entries_[entry.base].root;
    else if (entry.type != ObjectType::unknown)
      // A delta on an object outside this pack may be of any type; whoever reads it will see.
      entry.root = is_delta(entry.type) ? ObjectType::blob : entry.type;
  };
  const auto weigh = [&](std::uint32_t i) {
    if (has_base(entries_[i])) entries_[entries_[i].base].weight += entries_[i].weight;
  };
  if (bases_first()) {
    for (std::uint32_t i = 0; i < count_; ++i) settle(i);
    for (std::uint32_t i = count_; i-- > 0;) weigh(i);
  } else {
    std::vector<std::uint32_t> order;  // roots, then their children, and so on
    order.reserve(count_);
    for (std::uint32_t i = 0; i < count_; ++i)
      if (!has_base(entries_[i])) order.push_back(i);
    for (std::size_t k = 0; k < order.size(); ++k)
      order.insert(order.end(), children(order[k]).begin(), children(order[k]).end());
    for (const std::uint32_t i : order) settle(i);
    for (std::size_t k = order.size(); k-- > 0;) weigh(order[k]);
  }
  for (std::uint32_t i = 0; i < count_; ++i) {
    const auto begin = children_.begin() + first_child_[i];
    const auto end = children_.begin() + first_child_[i + 1];
    if (end - begin < 2) continue;
    std::sort(begin, end, [&](std::uint32_t a, std::uint32_t b) {
      return std::pair(entries_[a].weight, a) < std::pair(entries_[b].weight, b);
    });
  }
}

/// Whether each delta lies behind its base, as in a pack that git made of whole objects.
bool Pack::bases_first() const {
  for (std::uint32_t i = 0; i < count_; ++i)
    if (is_delta(entries_[i].type) && entries_[i].base != kNone && entries_[i].base >= i) return false;
  return true;
}

std::optional<std::uint32_t> Pack::position_of(std::string_view id) const {
  const auto bucket = static_cast<std::uint8_t>(id[0]);
  auto low = bucket == 0 ? 0 : static_cast<std::uint32_t>(big_endian(fanout_, 4U * (bucket - 1U), 4));
  auto high = static_cast<std::uint32_t>(big_endian(fanout_, 4U * bucket, 4));
  // Ids are hashes: the bytes after the first say how far into the bucket this one lies. A few guesses close in on it;
  // halving ends the search also where somebody chose the ids.
  const std::uint64_t wanted = big_endian(id, 1, 4);
  std::uint64_t below = 0, above = std::uint64_t{1} << 32U;  // the key at low, and the one at high, at most
  for (int guesses = 0; low < high; ++guesses) {
    std::uint32_t middle = low + (high - low) / 2;
    if (guesses < 3 && wanted >= below && wanted < above)
      middle = low + static_cast<std::uint32_t>((wanted - below) * (high - low) / (above - below));
    const std::string_view there = ids_.substr(middle * id_stride_, id_size_);
    const int order = there.compare(id);
    if (order == 0) return middle;
    if (order < 0) {
      low = middle + 1;
      below = big_endian(there, 1, 4);
    } else {
      high = middle;
      above = big_endian(there, 1, 4) + 1;
    }
  }
  return std::nullopt;
}

Result<void> Pack::inflate(const Stored& stored, const Inflater& inflater, char* out) const {
  const std::string_view compressed = pack_.bytes().substr(stored.data, pack_.bytes().size() - id_size_ - stored.data);
  if (!inflater.inflate(compressed, out, stored.size)) return fail(Error::Kind::malformed, "damaged compressed data");
  return {};
}

Result<void> Pack::inflate(std::uint32_t i, const Inflater& inflater, char* out) const {
  const Entry& entry = entries_[i];
  Stored stored;
  stored.size = entry.size;
  stored.data = entry.offset + entry.header;
  return inflate(stored, inflater, out);
}

}  // namespace overreach
