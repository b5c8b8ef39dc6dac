#include "scanner/source/pack.h"

#include <algorithm>
#include <utility>

namespace overreach {
namespace {

std::uint64_t big_endian(std::string_view bytes, std::size_t at, unsigned count) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < count; ++i) value = (value << 8U) | static_cast<std::uint8_t>(bytes[at + i]);
  return value;
}

constexpr std::string_view kIndexMagic("\377tOc\0\0\0\2", 8);
constexpr std::size_t kFanout = 256 * 4;

bool is_delta(Pack::Type type) { return type == Pack::Type::ofs_delta || type == Pack::Type::ref_delta; }

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
  pack.read_entries();
  pack.resolve_bases();
  pack.grow_forest();
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
  if (rest.substr(rest.size() - 2 * id_size_, id_size_) != pack.substr(pack.size() - id_size_))
    return malformed("pack and index do not belong together (checksum mismatch)");

  const std::string_view large = v2 ? rest.substr(row * count_, rest.size() - row * count_ - 2 * id_size_) : "";
  ids_ = v2 ? rest : rest.substr(4);
  id_stride_ = v2 ? id_size_ : id_size_ + 4;
  entries_.resize(count_);
  for (std::uint32_t i = 0; i < count_; ++i) {
    std::uint64_t offset = big_endian(rest, v2 ? (id_size_ + 4) * count_ + 4ULL * i : (id_size_ + 4) * i, 4);
    if (v2 && (offset & 0x80000000U) != 0) {
      const std::uint64_t at = (offset & 0x7fffffffU) * 8;
      if (at + 8 > large.size()) return malformed("pack index is damaged");
      offset = big_endian(large, at, 8);
    }
    entries_[i].offset = offset;
    entries_[i].position = i;
  }
  return {};
}

void Pack::read_entries() {
  std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) { return a.offset < b.offset; });
  at_position_.resize(count_);
  const std::uint64_t end = pack_.bytes().size() - id_size_;
  for (std::uint32_t i = 0; i < count_; ++i) {
    at_position_[entries_[i].position] = i;
    read_entry(entries_[i], i + 1 < count_ ? entries_[i + 1].offset : end);
  }
}

/// Type and size; for deltas also the base, as the distance (ofs) or the position in the index (ref).
void Pack::read_entry(Entry& entry, std::uint64_t end) {
  const std::string_view pack = pack_.bytes();
  end = std::min<std::uint64_t>(end, pack.size() - id_size_);
  std::uint64_t at = entry.offset;
  bool good = at >= 12 && at < end;
  const auto byte = [&]() -> std::uint8_t {
    good = good && at < end;
    return good ? static_cast<std::uint8_t>(pack[at++]) : std::uint8_t{0};
  };
  std::uint8_t b = byte();
  const auto type = static_cast<Type>((b >> 4U) & 7U);
  entry.size = b & 0x0fU;
  for (unsigned shift = 4; (b & 0x80U) != 0 && shift < 60; shift += 7) {
    b = byte();
    entry.size |= static_cast<std::uint64_t>(b & 0x7fU) << shift;
  }
  if (type == Type::ofs_delta) {
    b = byte();
    std::uint64_t distance = b & 0x7fU;
    for (int i = 0; (b & 0x80U) != 0 && i < 8; ++i) {
      b = byte();
      distance = ((distance + 1) << 7U) | (b & 0x7fU);
    }
    const std::uint64_t base = distance <= entry.offset ? entry.offset - distance : 0;
    const auto it = std::lower_bound(entries_.begin(), entries_.end(), base,
                                     [](const Entry& e, std::uint64_t offset) { return e.offset < offset; });
    if (it != entries_.end() && it->offset == base) entry.base = static_cast<std::uint32_t>(it - entries_.begin());
  } else if (type == Type::ref_delta) {
    good = good && end - at >= id_size_;
    if (good) entry.base = position_of(pack.substr(at, id_size_)).value_or(kNone);
    at += id_size_;
  }
  if (!good || at >= end) return;
  entry.type = type;
  entry.header = static_cast<std::uint8_t>(at - entry.offset);
}

void Pack::resolve_bases() {
  for (Entry& entry : entries_)
    if (entry.type == Type::ref_delta && entry.base != kNone) entry.base = at_position_[entry.base];
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

  std::vector<std::uint32_t> order;  // roots, then their children, and so on
  order.reserve(count_);
  for (std::uint32_t i = 0; i < count_; ++i) {
    Entry& entry = entries_[i];
    if (entry.type == Type::unknown || (is_delta(entry.type) && entry.base != kNone)) continue;
    // A delta on an object outside this pack may be of any type; whoever reads it will see.
    entry.root = is_delta(entry.type) ? Type::blob : entry.type;
    order.push_back(i);
  }
  for (std::size_t k = 0; k < order.size(); ++k)
    for (const std::uint32_t child : children(order[k])) {
      entries_[child].root = entries_[order[k]].root;
      order.push_back(child);
    }
  for (std::size_t k = order.size(); k-- > 0;) {
    const Entry& entry = entries_[order[k]];
    if (is_delta(entry.type) && entry.base != kNone) entries_[entry.base].weight += entry.weight;
  }
  for (std::uint32_t i = 0; i < count_; ++i)
    std::sort(children_.begin() + first_child_[i], children_.begin() + first_child_[i + 1],
              [&](std::uint32_t a, std::uint32_t b) {
                return std::pair(entries_[a].weight, a) < std::pair(entries_[b].weight, b);
              });
}

std::span<const std::uint32_t> Pack::children(std::uint32_t i) const {
  return std::span(children_).subspan(first_child_[i], first_child_[i + 1] - first_child_[i]);
}

std::string_view Pack::id(std::uint32_t i) const { return ids_.substr(entries_[i].position * id_stride_, id_size_); }

std::optional<std::uint32_t> Pack::position_of(std::string_view id) const {
  const auto bucket = static_cast<std::uint8_t>(id[0]);
  auto low = bucket == 0 ? 0 : static_cast<std::uint32_t>(big_endian(fanout_, 4U * (bucket - 1U), 4));
  auto high = static_cast<std::uint32_t>(big_endian(fanout_, 4U * bucket, 4));
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    const int order = ids_.substr(middle * id_stride_, id_size_).compare(id);
    if (order == 0) return middle;
    (order < 0 ? low : high) = order < 0 ? middle + 1 : middle;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> Pack::find(std::string_view id) const {
  const std::optional<std::uint32_t> position = position_of(id);
  if (!position) return std::nullopt;
  return at_position_[*position];
}

Result<void> Pack::inflate(std::uint32_t i, libdeflate_decompressor* inflater, char* out) const {
  const Entry& entry = entries_[i];
  const std::uint64_t begin = entry.offset + entry.header;
  const std::uint64_t end = i + 1 < count_ ? entries_[i + 1].offset : pack_.bytes().size() - id_size_;
  const std::string_view stored = pack_.bytes().substr(begin, end - begin);
  const libdeflate_result status =
      libdeflate_zlib_decompress_ex(inflater, stored.data(), stored.size(), out, entry.size, nullptr, nullptr);
  if (status != LIBDEFLATE_SUCCESS) return fail(Error::Kind::malformed, "damaged compressed data");
  return {};
}

}  // namespace overreach
