// What the user pointed at.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "detectors/purpose/purpose.h"
#include "scanner/cli/options.h"
#include "scanner/source/git.h"
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
  /// Null outside git.
  git_repository* repository() const { return repository_.get(); }
  bool bare() const { return bare_; }
  /// The git directory; empty outside git.
  const std::filesystem::path& git_dir() const { return git_dir_; }
  /// "tree", "staged", "range", "history", "stdin".
  std::string mode() const;
  /// Reads everything with `workers` threads.
  void read(const Sink& sink, unsigned workers, Tally& tally) const;
  /// Files that show what credentials are for: the work tree, the index or HEAD.
  std::unique_ptr<CodeBase> code() const;

 private:
  void find_root();
  void add_sources();

  const ScanOptions& options_;
  std::filesystem::path root_;
  std::filesystem::path git_dir_;
  Repository repository_;
  bool bare_ = false;
  std::vector<std::unique_ptr<Source>> sources_;
};

}  // namespace overreach
