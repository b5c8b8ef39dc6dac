// Loose objects: one compressed file each.
#pragma once

#include <filesystem>

#include "scanner/base/result.h"
#include "scanner/source/git/object.h"

namespace overreach {

/// Reads a loose object file. Errors: io, malformed (damaged), limit (over 256 MiB).
Result<Object> read_loose(const std::filesystem::path& file);

}  // namespace overreach
