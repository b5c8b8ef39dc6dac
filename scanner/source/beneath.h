// Opening what lies under a directory, and nothing else.
#pragma once

#include <string_view>

#include "scanner/source/descriptor.h"

namespace overreach {

/// Opens `path`, relative to `root`, with `flags`. No component may be a symbolic link, `path` may be longer than
/// PATH_MAX. -1 and errno when it cannot be opened; ELOOP: a component is a link.
Descriptor open_beneath(int root, std::string_view path, int flags);

/// Opens the directory `path` ("" or "a/b/"), relative to `root`, for reading its entries.
Descriptor open_directory(int root, std::string_view path);

}  // namespace overreach
