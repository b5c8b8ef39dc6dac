// The files that a repository's objects lie in.
#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/source/git/object.h"
#include "scanner/source/git/pack.h"
#include "scanner/source/source.h"

namespace overreach {

/// All packs and loose objects of a repository and its alternates. Reading is const and thread-safe.
class ObjectStore {
 public:
  struct Loose {
    std::string id;  // raw
    std::uint32_t directory = 0;
    auto operator<=>(const Loose&) const = default;
  };

  ObjectStore() = default;
  /// Opens what lies under `objects` (the .git/objects directory), the directories its info/alternates name, five
  /// levels deep, and those of GIT_ALTERNATE_OBJECT_DIRECTORIES. `id_size` is 20 or 32. A pack
  /// that cannot be opened is named in `tally`.
  ObjectStore(const std::filesystem::path& objects, std::size_t id_size, Tally& tally);

  std::vector<Pack>& packs() { return packs_; }
  const std::vector<Pack>& packs() const { return packs_; }
  /// Finds all loose objects. Whoever asks for a few objects by id does without: then each is looked for where it
  /// would lie.
  void list_loose();
  /// Sorted by id; an id may occur in several directories. Empty before list_loose().
  const std::vector<Loose>& loose() const { return loose_; }
  std::size_t id_size() const { return id_size_; }

  bool has(std::string_view raw_id) const;
  /// Whether one of the first `count` packs has it.
  bool in_packs(std::string_view raw_id, std::size_t count) const;

  /// The object with this id from wherever a whole copy of it lies; the first failure when there is none. The copy
  /// in the pack `avoid` is left alone.
  Result<Object> read(std::string_view raw_id, const Pack* avoid = nullptr) const;
  /// A loose object as it lies there, whatever its name says.
  Result<Object> read(const Loose& loose) const;
  /// Whether the content fits the id: read(raw_id) asks this of loose objects, whoever reads packs does not.
  bool is(const Object& object, std::string_view raw_id) const;
  static Error mismatch();

 private:
  std::vector<Loose> loose_copies(std::string_view raw_id) const;
  std::filesystem::path path_of(const Loose& loose) const;
  const Pack* pack_of(std::string_view raw_id) const;
  Result<Object> read_packed(const Pack& pack, std::uint64_t offset) const;

  std::vector<std::filesystem::path> directories_;
  std::vector<Pack> packs_;
  std::vector<Loose> loose_;
  bool listed_ = false;
  std::size_t id_size_ = 20;
};

}  // namespace overreach
