// Which commits and paths hold a blob.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "scanner/source/source.h"

namespace overreach {

/// For each blob (hex id): one Origin per path, with the oldest commit that brought the blob there (no parent has
/// it at that path), over everything refs, HEAD, stashes and reflogs reach. A blob that nothing reaches has one Origin
/// with an empty commit and the path of its object file. Sorted; counts the commits in `tally`.
std::map<std::string, std::vector<Origin>> attribute(const std::filesystem::path& repository,
                                                     const std::set<std::string>& blobs, unsigned workers,
                                                     Tally& tally);

}  // namespace overreach
