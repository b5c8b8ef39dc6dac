// A git pack: its index, its entries, and the forest that their deltas form.
#pragma once

#include <libdeflate.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/base/handle.h"
#include "scanner/base/result.h"
#include "scanner/source/mapped_file.h"

namespace overreach {

using Inflater = Handle<libdeflate_decompressor, libdeflate_free_decompressor>;

/// One pack with its index (version 1 or 2), mapped. Immutable after open(): any number of
/// threads may read. Entries are numbered in the order in which they lie in the pack.
class Pack {
 public:
  enum class Type : std::uint8_t { unknown = 0, commit = 1, tree = 2, blob = 3, tag = 4, ofs_delta = 6, ref_delta = 7 };
  static constexpr std::uint32_t kNone = 0xffffffffU;

  struct Entry {
    std::uint64_t offset = 0;    // of the header in the pack
    std::uint64_t size = 0;      // inflated bytes of what is stored: the object, or the delta
    std::uint32_t position = 0;  // in the index, for the id
    std::uint32_t base = kNone;  // deltas: the entry they are made from; kNone: not in this pack
    std::uint32_t weight = 1;    // entries of the tree below, itself included
    std::uint8_t header = 0;     // bytes before the compressed data
    Type type = Type::unknown;   // as stored
    Type root = Type::unknown;   // of the object: that of the root it derives from
  };

  /// `index` is the .idx file; the pack lies beside it. `id_size` is 20 (SHA-1) or 32 (SHA-256).
  static Result<Pack> open(const std::filesystem::path& index, std::size_t id_size);

  std::span<const Entry> entries() const { return entries_; }
  /// Entries that are made from entry `i`, lightest first.
  std::span<const std::uint32_t> children(std::uint32_t i) const;
  /// Object id, raw bytes.
  std::string_view id(std::uint32_t i) const;
  /// The entry with this id, if the pack has it.
  std::optional<std::uint32_t> find(std::string_view id) const;
  /// Inflates what is stored in entry `i`; `out` has room for entries()[i].size bytes.
  Result<void> inflate(std::uint32_t i, libdeflate_decompressor* inflater, char* out) const;

  const std::filesystem::path& path() const { return path_; }

 private:
  Result<void> read_index();
  void read_entries();
  void read_entry(Entry& entry, std::uint64_t end);
  void resolve_bases();
  void grow_forest();
  std::optional<std::uint32_t> position_of(std::string_view id) const;

  std::filesystem::path path_;  // of the .pack
  MappedFile pack_, index_;
  std::size_t id_size_ = 20;
  std::uint32_t count_ = 0;
  std::string_view fanout_, ids_;  // parts of the index
  std::size_t id_stride_ = 20;     // version 1 has the offset before each id
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> at_position_;  // index position -> entry
  std::vector<std::uint32_t> first_child_, children_;
};

}  // namespace overreach
