// libgit2, owned and turned into sentences. Read-only; nothing of the repository's own
// configuration (hooks, filters, external diff, pagers) is ever run.
#pragma once

#include <git2.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/base/handle.h"
#include "scanner/base/result.h"

namespace overreach {

using Repository = Handle<git_repository, git_repository_free>;
using Odb = Handle<git_odb, git_odb_free>;
using OdbObject = Handle<git_odb_object, git_odb_object_free>;
using GitObject = Handle<git_object, git_object_free>;
using Commit = Handle<git_commit, git_commit_free>;
using Tree = Handle<git_tree, git_tree_free>;
using Index = Handle<git_index, git_index_free>;
using Reference = Handle<git_reference, git_reference_free>;
using Remote = Handle<git_remote, git_remote_free>;
using Revwalk = Handle<git_revwalk, git_revwalk_free>;
using Diff = Handle<git_diff, git_diff_free>;
using Reflog = Handle<git_reflog, git_reflog_free>;
using Config = Handle<git_config, git_config_free>;

/// libgit2's process-wide state: one object in main. Switches off the owner check: we run
/// nothing from a repository, and containers scan directories of another user.
class GitRuntime {
 public:
  GitRuntime();
  ~GitRuntime();
  GitRuntime(const GitRuntime&) = delete;
  GitRuntime& operator=(const GitRuntime&) = delete;
};

/// The last libgit2 error as an Error that names `what`.
Error git_failure(std::string_view what);

/// Opens the repository that holds `path`, looking upwards. GIT_INDEX_FILE is honoured; so is
/// GIT_DIR when `path` is empty.
Result<Repository> open_repository(const std::filesystem::path& path);

/// Bytes of the repository's object ids: 20 (SHA-1) or 32 (SHA-256).
std::size_t id_size_of(git_repository* repository);

/// The top of the work tree with a trailing '/', empty for a bare repository.
std::string work_tree(git_repository* repository);

std::string hex_of(const git_oid& id);

/// The tree of HEAD; null in a repository without commits.
Tree head_tree(git_repository* repository);

/// True when `tree` (may be null) has the blob with this hex id at `path`.
bool holds(const git_tree* tree, const std::string& path, const std::string& blob);

/// True when git ignores this path of the work tree and does not track it: a commit will not
/// carry it. `path` is relative to the top of the work tree.
bool is_ignored(git_repository* repository, const std::string& path);

/// What a report says about a repository. Empty strings where there is nothing to say.
struct RepositoryFacts {
  std::string revision;  // HEAD commit id
  std::string branch;    // "main", empty when detached
  std::string url;       // of origin, without user name and password
  bool shallow = false;
};
RepositoryFacts facts_of(git_repository* repository);

}  // namespace overreach
