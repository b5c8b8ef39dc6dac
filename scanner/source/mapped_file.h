// A file as memory.
#pragma once

#include <filesystem>
#include <string_view>
#include <utility>

#include "scanner/base/result.h"

namespace overreach {

/// A read-only mapping of a whole file. Movable, not copyable. For files that do not change
/// while they are read, as git's packs: a file that shrinks under a mapping kills its reader.
class MappedFile {
 public:
  /// Maps a regular file; an empty one gives an empty view.
  static Result<MappedFile> open(const std::filesystem::path& path);

  MappedFile() = default;
  MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::string_view bytes() const { return bytes_; }

 private:
  explicit MappedFile(std::string_view bytes) : bytes_(bytes) {}
  std::string_view bytes_;
};

}  // namespace overreach
