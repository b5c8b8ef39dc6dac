// Which commits and paths hold a blob.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "scanner/source/git/objects.h"
#include "scanner/source/source.h"

namespace overreach {

/// For each blob (hex id): one Origin per path, with the oldest commit that brought the blob there (no parent has
/// it at that path), the newest that holds it, and the refs that reach it, over everything refs, HEADs, stashes and
/// reflogs reach. A blob that nothing reaches has one Origin with an empty commit and the path of its object file.
/// Sorted. Counts the commits in `tally`; names objects that reachable commits need and the repository does not have.
std::map<std::string, std::vector<Origin>> attribute(Objects& objects, const std::set<std::string>& blobs,
                                                     unsigned workers, Tally& tally);

}  // namespace overreach
