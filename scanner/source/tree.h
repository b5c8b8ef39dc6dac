// The working tree, or any directory.
#pragma once

#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "scanner/source/ignore_file.h"
#include "scanner/source/reader.h"
#include "scanner/source/source.h"

namespace overreach {

/// What not to read.
struct TreeFilter {
  std::vector<std::string> exclude;    // glob patterns (fnmatch) on the whole path or on the file's name
  const IgnoreFile* ignore = nullptr;  // borrowed; asked with whole paths
  WindowSize window = {};
};

/// Names of files of one directory.
struct FileNames {
  std::string directory;  // with the prefix; "" or ending in '/'
  std::string names;      // each followed by a NUL
};

/// Every regular file under a directory, read once, in parallel. Git-ignored files are read too, because an agent can
/// read them; of `.git` directories only the configuration is, where remotes may have credentials in their URLs; the
/// rest is left to the history source. Nested repositories and submodules are directories like others. Symbolic links
/// are not followed, at any component of a path: what they point to is read where it lies.
class TreeSource : public Source {
 public:
  /// `path` is a directory or one file. Blob paths are relative to it and get `prefix` in front ("src/"), for a
  /// directory inside a larger root.
  TreeSource(std::filesystem::path path, std::string prefix, TreeFilter filter = {});

  void read(const Sink& sink, unsigned workers, Tally& tally) override;

  /// Every file that read() came across, sorted, with the prefix: a second walk is not needed to list them.
  std::vector<std::string> paths() const;

 private:
  std::filesystem::path path_;
  std::string prefix_;
  TreeFilter filter_;
  std::vector<FileNames> seen_;
};

/// The same without reading: every file under `directory` that read() would come across, sorted.
std::vector<std::string> list_tree(const std::filesystem::path& directory, const TreeFilter& filter, unsigned workers);

}  // namespace overreach
