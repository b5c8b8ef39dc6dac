// Archives and compressed files, with libarchive.
#pragma once

#include <cstdint>
#include <string_view>

#include "scanner/source/unpack/container.h"
#include "scanner/source/unpack/inside.h"

namespace overreach {

/// Where the bytes of an archive are: in memory, or in a file from its first byte on.
struct ArchiveBytes {
  std::string_view bytes;
  int descriptor = -1;  // not -1: pread from here instead
};

/// Pushes every file of an archive into `inside`. `name` is the archive's own, for what has none inside. Nothing is
/// ever written, and no program is run.
void read_archive(Container kind, const ArchiveBytes& from, std::string_view name, Inside& inside);

}  // namespace overreach
