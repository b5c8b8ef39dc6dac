// Containers built in memory, for tests.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace overreach::testing {

/// Name and content.
using ArchiveFiles = std::vector<std::pair<std::string, std::string>>;

/// An archive: `format` is "zip", "7zip", "ustar", "pax" or "raw" (one file); `filter` "", "gzip", "bzip2", "xz" or
/// "zstd". A password encrypts (zip). Throws when libarchive cannot write it.
std::string archive_of(const std::string& format, const std::string& filter, const ArchiveFiles& files,
                       const std::string& password = {});

/// A SQLite database made by these statements.
std::string database_of(const std::string& sql);

}  // namespace overreach::testing
