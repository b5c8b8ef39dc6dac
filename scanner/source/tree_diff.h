// Which files a commit brings that its parents do not have.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "scanner/source/git.h"

namespace overreach {

/// Calls visit(path, blob id) for every blob entry of `tree` that no tree of `parents` holds at
/// the same path. Sub-trees that a parent shares are skipped unread. Returns false when some
/// tree could not be read or nests deeper than 512.
bool for_each_new_blob(git_repository* repository, const git_tree* tree, std::span<const git_tree* const> parents,
                       const std::function<void(const std::string& path, const git_oid& id)>& visit);

/// The same for a commit against all its parents; a root commit brings everything. False also
/// when the commit or a parent cannot be read (shallow clones have no parents to read).
bool for_each_new_blob(git_repository* repository, const git_oid& commit,
                       const std::function<void(const std::string& path, const git_oid& id)>& visit);

}  // namespace overreach
