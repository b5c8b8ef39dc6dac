// A git pack: its index, its entries, and the forest that their deltas form.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/base/result.h"
#include "scanner/source/git/inflater.h"
#include "scanner/source/git/object.h"
#include "scanner/source/mapped_file.h"

namespace overreach {

/// One pack with its index (version 1 or 2), mapped. Opening reads the index only; load() makes the entries and
/// their forest, numbered in the order in which they lie in the pack. Any number of threads may read.
class Pack {
 public:
  static constexpr std::uint32_t kNone = 0xffffffffU;

  /// What lies at an offset of the pack.
  struct Stored {
    ObjectType type = ObjectType::unknown;
    std::uint64_t size = 0;         // inflated bytes: of the object, or of the delta
    std::uint64_t data = 0;         // offset of the compressed bytes
    std::uint64_t base_offset = 0;  // ofs_delta
    std::string_view base_id;       // ref_delta, raw
  };

  struct Entry {
    std::uint64_t offset = 0;               // of the header in the pack
    std::uint64_t size = 0;                 // inflated bytes of what is stored: the object, or the delta
    std::uint32_t position = 0;             // in the index, for the id
    std::uint32_t base = kNone;             // deltas: the entry they are made from; kNone: not in this pack
    std::uint32_t weight = 1;               // entries of the tree below, itself included
    std::uint8_t header = 0;                // bytes before the compressed data
    ObjectType type = ObjectType::unknown;  // as stored
    ObjectType root = ObjectType::unknown;  // of the object: that of the root it derives from
  };

  /// `index` is the .idx file; the pack lies beside it. `id_size` is 20 (SHA-1) or 32 (SHA-256).
  static Result<Pack> open(const std::filesystem::path& index, std::size_t id_size);

  std::uint32_t size() const { return count_; }
  /// Raw id of the object at a position of the index; positions go in the order of ids.
  std::string_view id_at(std::uint32_t position) const { return ids_.substr(position * id_stride_, id_size_); }
  std::optional<std::uint32_t> position_of(std::string_view id) const;
  /// False when the pack is not the one its index was made for: it may be cut off. Its entries can still be read.
  bool whole() const { return whole_; }
  /// Names the set of objects: the last bytes of the pack file, raw.
  std::string_view checksum() const;
  /// Where the object at a position of the index is stored; 0 when the index is damaged there.
  std::uint64_t offset_at(std::uint32_t position) const;
  /// Nothing when there is no entry header at `offset`.
  std::optional<Stored> stored_at(std::uint64_t offset) const;
  /// Inflates what is stored; `out` has room for stored.size bytes.
  Result<void> inflate(const Stored& stored, const Inflater& inflater, char* out) const;

  /// Reads all entry headers with `workers` threads and links deltas to their bases. Once, before the members below are
  /// used, and not while other threads use this pack.
  void load(unsigned workers);
  std::span<const Entry> entries() const { return entries_; }
  /// Entries that are made from entry `i`, lightest first.
  std::span<const std::uint32_t> children(std::uint32_t i) const {
    return std::span(children_).subspan(first_child_[i], first_child_[i + 1] - first_child_[i]);
  }
  /// Object id, raw bytes.
  std::string_view id(std::uint32_t i) const { return id_at(entries_[i].position); }
  /// Inflates what is stored in entry `i`; `out` has room for entries()[i].size bytes.
  Result<void> inflate(std::uint32_t i, const Inflater& inflater, char* out) const;

  const std::filesystem::path& path() const { return path_; }

 private:
  Result<void> read_index();
  void read_entries();
  void sort_entries();
  void read_entry(std::uint32_t i);
  void grow_forest();
  bool bases_first() const;
  std::uint32_t entry_at(std::uint64_t offset, std::uint32_t near) const;

  std::filesystem::path path_;  // of the .pack
  MappedFile pack_, index_;
  std::size_t id_size_ = 20;
  bool whole_ = true;
  std::uint32_t count_ = 0;
  std::string_view fanout_, ids_, offsets_, large_;  // parts of the index
  std::size_t id_stride_ = 20, offset_stride_ = 4;   // version 1 has the offset before each id
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> first_child_, children_;
};

}  // namespace overreach
