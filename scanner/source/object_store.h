// The files that a repository's objects lie in.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "scanner/source/pack.h"
#include "scanner/source/source.h"

namespace overreach {

/// All packs and the ids of all loose objects of a repository and its alternates.
struct ObjectStore {
  std::vector<Pack> packs;
  std::vector<std::string> loose;  // raw ids, sorted, unique
};

/// Opens what lies under `objects` (the .git/objects directory) and the directories its
/// info/alternates name, five levels deep. A pack that cannot be opened is named in `tally`.
ObjectStore open_objects(const std::filesystem::path& objects, std::size_t id_size, Tally& tally);

}  // namespace overreach
