// What the user pointed at.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "detectors/purpose/purpose.h"
#include "scanner/cli/options.h"
#include "scanner/source/git/git_rules.h"
#include "scanner/source/git/history.h"
#include "scanner/source/git/index_file.h"
#include "scanner/source/git/repository.h"
#include "scanner/source/ignore_file.h"
#include "scanner/source/source.h"
#include "scanner/source/tree.h"

namespace overreach {

/// The root that report paths are relative to, the sources to read, and the code to read
/// purposes from.
class Workspace {
 public:
  /// Throws UsageError when a path does not exist or an option needs a git repository.
  explicit Workspace(const ScanOptions& options);

  /// The top of the git work tree, else the directory named; ends in '/'. Bare: the repository.
  const std::filesystem::path& root() const { return root_; }
  /// Null outside git.
  const RepositoryPaths* repository() const { return paths_ ? &*paths_ : nullptr; }
  /// True when git ignores this path of the work tree and does not track it: a commit will not carry it. Relative to
  /// the root. For one thread.
  bool is_ignored(const std::string& path) const;
  bool bare() const { return bare_; }
  /// The git directory; empty outside git.
  const std::filesystem::path& git_dir() const { return git_dir_; }
  /// "tree", "staged", "range", "history", "stdin".
  std::string mode() const;
  /// What the user should know of how the options were understood, one sentence each.
  const std::vector<std::string>& notices() const { return notices_; }
  /// What .overreachignore at the root says; for a bare repository the one of HEAD.
  const IgnoreFile& ignore() const { return ignore_; }
  /// Reads everything with `workers` threads, without what is skipped. Blobs of the history come all.
  void read(const Sink& sink, unsigned workers, Tally& tally) const;
  /// The source of --history; null without it.
  HistorySource* history() const { return history_; }
  /// Lets the source of --history skip what it has read before with these rules, unless --no-cache. Before read().
  void use_cache(const std::string& rules) const;
  /// Files that show what credentials are for: the work tree, the index or HEAD.
  std::unique_ptr<CodeBase> code() const;

 private:
  void find_root();
  void find_ignore_file();
  void add_sources();
  void add_range();

  const ScanOptions& options_;
  std::filesystem::path root_;
  std::filesystem::path git_dir_;
  std::optional<RepositoryPaths> paths_;
  mutable std::optional<Result<GitRules>> rules_;   // opened when they are first asked for
  mutable std::optional<Result<IndexFile>> index_;  // so is this
  bool bare_ = false;
  IgnoreFile ignore_;
  std::vector<std::unique_ptr<Source>> sources_;
  TreeSource* whole_tree_ = nullptr;  // one of sources_, when it covers everything under the root
  std::vector<std::string> notices_;
  HistorySource* history_ = nullptr;  // one of sources_
};

}  // namespace overreach
