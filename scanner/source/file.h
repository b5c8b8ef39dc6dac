// Reading one file, once, with bounded memory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "scanner/base/result.h"

namespace overreach {

/// The largest file that is read, in bytes. Larger ones are named and make the scan incomplete.
constexpr std::uint64_t kMaxFileSize = std::uint64_t{256} << 20U;

/// Reads `path` (relative to the directory descriptor `at`) into `buffer`, which is reused.
/// Symbolic links are not followed. The view lives as long as the buffer. Error when it is not
/// a regular file, too large, unreadable or vanished.
Result<std::string_view> read_file(int at, const char* path, std::string& buffer);

/// True when the bytes look like something other than text: a NUL in the first 8,000 bytes.
bool is_binary(std::string_view bytes);

}  // namespace overreach
