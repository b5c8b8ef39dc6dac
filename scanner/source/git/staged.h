// Which files of the index the next commit would change.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/base/result.h"
#include "scanner/source/git/index_file.h"
#include "scanner/source/source.h"

namespace overreach {

/// The content of a tree object by its raw id.
using ReadTree = std::function<Result<std::string>(std::string_view raw_id)>;

/// A file that the next commit brings, or brings with another content.
struct StagedFile {
  std::string path;
  std::string id;          // raw, of the blob
  std::uint32_t mode = 0;  // as git records it: 0100644, 0100755, 0120000 for a symbolic link
};

/// Compares the index with the tree of HEAD (raw id; empty before the first commit) and returns what is new, by path.
/// Directories for which git has noted the same tree are not looked into, so that the cost is that of what has
/// changed. Submodules, conflicts and what cannot be read are named in `tally`; files of an unreadable tree count as
/// new.
std::vector<StagedFile> staged_files(const IndexFile& index, std::string_view head_tree, const ReadTree& read,
                                     Tally& tally);

}  // namespace overreach
