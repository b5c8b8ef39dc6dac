// Where the parts of a git repository lie, without libgit2.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "scanner/base/result.h"

namespace overreach {

/// A repository, found as git finds it. A hook has to be quick: libgit2 reads the certificates of the machine before it
/// reads a repository, which takes longer than all that has to be read of one with fifty thousand files.
struct RepositoryPaths {
  std::filesystem::path git_dir;    // of this work tree
  std::filesystem::path common;     // of all its linked work trees: refs, configuration
  std::filesystem::path work_tree;  // empty: bare
  std::filesystem::path index;
  std::filesystem::path objects;
  std::size_t id_size = 20;    // 32 in SHA-256 repositories
  bool partial_clone = false;  // objects may be missing on purpose
};

/// Looks for a repository from `start` upwards; with an empty `start` where GIT_DIR says, or from the current
/// directory. GIT_WORK_TREE, GIT_INDEX_FILE, GIT_OBJECT_DIRECTORY, GIT_COMMON_DIR and GIT_CEILING_DIRECTORIES are
/// honoured. Error: there is none, or it has a format that we do not know.
Result<RepositoryPaths> find_repository(const std::filesystem::path& start);

/// The object that a ref such as "HEAD" or "refs/heads/main" names, as raw id; empty when there is no such ref, as for
/// the HEAD of a repository without commits. Error: a ref that is damaged.
Result<std::string> read_ref(const RepositoryPaths& repository, std::string name);

/// What a report says about a repository. Empty strings where there is nothing to say.
struct RepositoryFacts {
  std::string revision;  // HEAD commit, hex
  std::string branch;    // "main", empty when detached
  std::string url;       // of origin, without user name and password
  bool shallow = false;
};
RepositoryFacts facts_of(const RepositoryPaths& repository);

}  // namespace overreach
