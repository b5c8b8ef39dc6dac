// The working tree, or any directory.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "scanner/source/source.h"

namespace overreach {

/// Every regular file under a directory, read once, in parallel. Git-ignored files are read
/// too, because an agent can read them; `.git` is left to the history source. Symbolic links
/// are not followed: what they point to is read where it lies.
class TreeSource : public Source {
 public:
  /// `path` is a directory or one file. Blob paths are relative to it and get `prefix` in
  /// front ("src/"), for a directory inside a larger root. `exclude` holds glob patterns
  /// (fnmatch, on the whole relative path or on the file's name) that are not read.
  TreeSource(std::filesystem::path path, std::string prefix, std::vector<std::string> exclude = {});

  void read(const Sink& sink, unsigned workers, Tally& tally) override;

 private:
  std::filesystem::path path_;
  std::string prefix_;
  std::vector<std::string> exclude_;
};

}  // namespace overreach
