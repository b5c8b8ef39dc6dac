// The three places purpose can be read from.
#pragma once

#include <filesystem>
#include <memory>

#include "detectors/purpose/purpose.h"
#include "scanner/source/repository.h"

namespace overreach {

/// Regular files under a directory, without `.git`.
std::unique_ptr<CodeBase> directory_code(std::filesystem::path root);

/// The staged content of every file in the index.
std::unique_ptr<CodeBase> index_code(const RepositoryPaths& repository);

/// The files of HEAD, for bare repositories.
std::unique_ptr<CodeBase> head_code(const std::filesystem::path& git_dir);

/// No files: purpose stays unknown.
std::unique_ptr<CodeBase> no_code();

}  // namespace overreach
