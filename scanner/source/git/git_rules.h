// libgit2, for what is not worth writing again: git's ignore rules, and its many names for commits.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "scanner/base/result.h"

struct git_repository;

namespace overreach {

/// A repository opened with libgit2, which is loaded with dlopen when the first one is opened: it brings libraries that
/// talk to networks, and reads the certificates of the machine before anything else. Read-only; nothing of the
/// repository's configuration (hooks, filters, external diff, pagers) is ever run, so its owner is not checked:
/// containers scan directories of another user. For one thread at a time.
class GitRules {
 public:
  /// Opens the repository that holds `path`, looking upwards, or the one that GIT_DIR names when it is empty.
  static Result<GitRules> open(const std::filesystem::path& path);

  /// True when a rule of git says to ignore this path, relative to the top of the work tree. Tracked files are not
  /// left out.
  bool ignores(const std::string& path) const;
  /// The commit that a revision means, raw id. Error: none, or more than one.
  Result<std::string> find_commit(const std::string& revision) const;

 private:
  explicit GitRules(std::shared_ptr<git_repository> repository) : repository_(std::move(repository)) {}
  std::shared_ptr<git_repository> repository_;
};

}  // namespace overreach
