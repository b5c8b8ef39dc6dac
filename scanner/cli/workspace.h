// What the user pointed at.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "detectors/purpose/purpose.h"
#include "scanner/cli/options.h"
#include "scanner/source/git.h"
#include "scanner/source/history.h"
#include "scanner/source/repository.h"
#include "scanner/source/source.h"

namespace overreach {

/// The root that report paths are relative to, the sources to read, and the code to read
/// purposes from.
class Workspace {
 public:
  /// Throws UsageError when a path does not exist or an option needs a git repository.
  explicit Workspace(const ScanOptions& options);

  /// The top of the git work tree, else the directory named; ends in '/'. Bare: the repository.
  const std::filesystem::path& root() const { return root_; }
  /// Opened when it is first asked for, by one thread: libgit2 takes longer to start than a hook may take. Null outside
  /// git, and where libgit2 cannot read the repository.
  git_repository* repository() const;
  bool bare() const { return bare_; }
  /// The git directory; empty outside git.
  const std::filesystem::path& git_dir() const { return git_dir_; }
  /// "tree", "staged", "range", "history", "stdin".
  std::string mode() const;
  /// What the user should know of how the options were understood, one sentence each.
  const std::vector<std::string>& notices() const { return notices_; }
  /// Reads everything with `workers` threads.
  void read(const Sink& sink, unsigned workers, Tally& tally) const;
  /// The source of --history; null without it.
  HistorySource* history() const { return history_; }
  /// Files that show what credentials are for: the work tree, the index or HEAD.
  std::unique_ptr<CodeBase> code() const;

 private:
  void find_root();
  void find_staged_root();
  void add_sources();
  void add_range();

  const ScanOptions& options_;
  std::filesystem::path root_;
  std::filesystem::path git_dir_;
  std::optional<RepositoryPaths> staged_;  // --staged only
  mutable std::optional<GitRuntime> git_;
  mutable Repository repository_;
  bool bare_ = false;
  std::vector<std::unique_ptr<Source>> sources_;
  std::vector<std::string> notices_;
  HistorySource* history_ = nullptr;  // one of sources_
};

}  // namespace overreach
