// The three places purpose can be read from.
#pragma once

#include <filesystem>
#include <memory>

#include "detectors/purpose/purpose.h"
#include "scanner/source/git/repository.h"
#include "scanner/source/ignore_file.h"

namespace overreach {

/// The files `paths` (sorted) under a directory: those that a scan came across.
std::unique_ptr<CodeBase> directory_code(const std::filesystem::path& root, std::vector<std::string> paths);

/// Every regular file under a directory that is not skipped, without `.git`. Listed when they are asked for.
std::unique_ptr<CodeBase> directory_code(const std::filesystem::path& root, const IgnoreFile& ignore);

/// The staged content of every file in the index.
std::unique_ptr<CodeBase> index_code(const RepositoryPaths& repository);

/// The files of HEAD, for bare repositories.
std::unique_ptr<CodeBase> head_code(const RepositoryPaths& repository);

/// No files: purpose stays unknown.
std::unique_ptr<CodeBase> no_code();

}  // namespace overreach
