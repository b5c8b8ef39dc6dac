// The git index: what the next commit would record.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "scanner/base/result.h"
#include "scanner/source/git/cache_tree.h"
#include "scanner/source/mapped_file.h"

namespace overreach {

/// An index file of git, version 2, 3 or 4; a split one together with the file it shares. Nothing in it is believed:
/// every length is checked against the file, and the checksum at its end too. Immutable: any number of threads may
/// read.
class IndexFile {
 public:
  /// One path. Views live as long as the IndexFile.
  struct Entry {
    std::string_view path;     // of a sparse directory with '/' at the end
    const char* id = nullptr;  // raw, id_size() bytes
    std::uint16_t mode = 0;  // as git writes it: S_IFREG and S_IFLNK blobs, 0160000 submodule, S_IFDIR sparse directory
    std::uint8_t stage = 0;  // 1 to 3: one side of a conflict
    bool intent_to_add = false;  // `git add -N`: the next commit does not have it
  };

  /// Reads the index at `path`; the file that a split index shares lies in `git_dir`. `id_size` is 20 (SHA-1) or 32
  /// (SHA-256). No file is an empty index, as in a fresh repository. Error: unreadable, malformed, or written by a git
  /// that knows more than we do.
  static Result<IndexFile> open(const std::filesystem::path& path, const std::filesystem::path& git_dir,
                                std::size_t id_size);

  /// By path, then stage, unless the file is damaged.
  const std::vector<Entry>& entries() const { return entries_; }
  /// Empty when git has not written any.
  const std::vector<CachedDirectory>& directories() const { return directories_; }
  /// Whether there is an entry with this path.
  bool tracks(std::string_view path) const;
  std::size_t id_size() const { return id_size_; }
  std::string_view id(const Entry& entry) const { return {entry.id, id_size_}; }

 private:
  /// Bytes for paths that are nowhere whole in the file.
  class Arena {
   public:
    /// Null when the paths together would be out of all proportion to the file.
    char* take(std::size_t size);
    void allow(std::size_t bytes) { left_ = bytes; }

   private:
    std::vector<std::unique_ptr<char[]>> chunks_;
    char* next_ = nullptr;
    std::size_t free_ = 0;
    std::size_t left_ = 0;
  };

  Result<void> read(const std::filesystem::path& path, const std::filesystem::path& git_dir, bool shared);
  Result<std::string_view> read_entries(std::string_view bytes);
  Result<void> read_extensions(std::string_view rest, const std::filesystem::path& git_dir, bool shared);
  bool read_path(std::string_view& rest, std::size_t at, std::size_t length, Entry& entry);
  Result<void> merge_shared(std::string_view link, const std::filesystem::path& git_dir);

  std::size_t id_size_ = 20;
  std::uint64_t version_ = 0;
  std::vector<MappedFile> files_;
  Arena arena_;
  std::vector<Entry> entries_;
  std::vector<CachedDirectory> directories_;
};

}  // namespace overreach
