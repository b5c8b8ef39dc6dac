// What people call commits.
#pragma once

#include <string>

#include "scanner/base/result.h"
#include "scanner/source/git/object_store.h"
#include "scanner/source/git/repository.h"

namespace overreach {

/// The commit that `text` names, raw id: HEAD, a branch, tag or other ref, a full id, each followed by any number of ~N
/// and ^N. What else git understands (short ids, @{upstream}) is left to libgit2, which knows SHA-1 repositories only.
/// Tags are peeled. Error: nothing has this name, or it is no commit.
Result<std::string> find_commit(const RepositoryPaths& repository, const ObjectStore& store, const std::string& text);

/// True for an id of nothing but zeros: git's way to say "no commit yet", or "gone".
bool is_null_id(const std::string& text);

}  // namespace overreach
