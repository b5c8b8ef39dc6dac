// What earlier scans of a repository have read, so that the next one reads what is new.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/source/git/id_table.h"
#include "scanner/source/private_database.h"
#include "scanner/source/source.h"

namespace overreach {

/// Where blobs with findings were last found to lie, and what was said about it.
struct KnownOrigins {
  std::map<std::string, std::vector<Origin>> origins;  // by hex id
  std::vector<Skipped> skipped;
  std::uint64_t commits = 0;
};

/// A database beside the scan, one file for each repository and set of rules. It holds ids of objects, paths and names
/// of commits and refs; no secret, and nothing that was computed from one: a blob in which something was found is only
/// marked, and is read again. Readable by its owner alone. Whatever is wrong with the file, the scan goes on without
/// it. Not thread-safe.
class ScanCache {
 public:
  /// $XDG_CACHE_HOME/overreach or ~/.cache/overreach; empty when neither is known.
  static std::filesystem::path default_directory();
  /// Opens or makes the file for the repository with this common git directory. `rules` names the set of rules and the
  /// program: a scan by another one finds nothing here. Nothing when the directory cannot be used.
  static std::optional<ScanCache> open(const std::filesystem::path& directory, const std::filesystem::path& common,
                                       std::string_view rules);
  /// Deletes all files that open() has made in `directory`; returns how many.
  static std::size_t clear(const std::filesystem::path& directory);

  /// A set of blobs that were all read: those of a pack, by its checksum.
  struct Pack {
    std::string checksum;
    std::uint64_t blobs = 0;  // those that no earlier pack of the repository has
    std::string ids;          // of all its blobs, raw, one after another; empty when it comes from pack()
  };
  std::optional<Pack> pack(std::string_view checksum) const;
  /// Loose objects that were read: raw id -> whether it is a blob.
  using Loose = std::map<std::string, bool>;
  Loose loose() const;
  /// Adds the ids of all blobs that were read.
  void add_blobs(IdTable& ids) const;
  /// Raw ids of the blobs that must be read again each time: something was found in them.
  std::vector<std::string> marked() const;
  std::optional<KnownOrigins> origins(std::string_view state) const;

  /// Replaces what is remembered. Packs without ids must be known already; packs that are not named are forgotten.
  void remember(const std::vector<Pack>& packs, const Loose& loose, const std::vector<std::string>& marked);
  /// Remembers origins for one state of refs and objects, and forgets those of other states.
  void remember(std::string_view state, const KnownOrigins& known);

 private:
  explicit ScanCache(SqlDatabase database);
  SqlDatabase database_;
};

}  // namespace overreach
