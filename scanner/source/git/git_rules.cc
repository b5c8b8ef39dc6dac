#include "scanner/source/git/git_rules.h"

#include <dlfcn.h>
#include <git2.h>

#include <array>

#include "scanner/base/shared_library.h"

namespace overreach {
namespace {

/// The functions of libgit2 that are used.
struct Library {
  decltype(&::git_libgit2_init) init = nullptr;
  decltype(&::git_libgit2_opts) opts = nullptr;
  decltype(&::git_error_last) error_last = nullptr;
  decltype(&::git_repository_open_ext) open_ext = nullptr;
  decltype(&::git_repository_free) repository_free = nullptr;
  decltype(&::git_ignore_path_is_ignored) path_is_ignored = nullptr;
  decltype(&::git_revparse_single) revparse_single = nullptr;
  decltype(&::git_object_id) object_id = nullptr;
  decltype(&::git_object_free) object_free = nullptr;
};

Result<Library> open_library() {
  constexpr const char* kName = "libgit2.so." LIBGIT2_SOVERSION;
  void* handle = dlopen(kName, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return fail(Error::Kind::io, std::string(kName) + " cannot be loaded");
  Library git;
  const bool complete = find_function(handle, "git_libgit2_init", git.init) &&
                        find_function(handle, "git_libgit2_opts", git.opts) &&
                        find_function(handle, "git_error_last", git.error_last) &&
                        find_function(handle, "git_repository_open_ext", git.open_ext) &&
                        find_function(handle, "git_repository_free", git.repository_free) &&
                        find_function(handle, "git_ignore_path_is_ignored", git.path_is_ignored) &&
                        find_function(handle, "git_revparse_single", git.revparse_single) &&
                        find_function(handle, "git_object_id", git.object_id) &&
                        find_function(handle, "git_object_free", git.object_free);
  if (!complete) return fail(Error::Kind::io, std::string(kName) + " lacks a function");
  git.init();
  git.opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
  // Repositories that libgit2 would not open, although what it is asked for is the same in them.
  std::array<const char*, 4> extensions = {"objectformat", "partialclone", "worktreeconfig", "preciousobjects"};
  git.opts(GIT_OPT_SET_EXTENSIONS, extensions.data(), extensions.size());
  return git;
}

/// Loaded once, never closed: it may have threads and handlers of its own.
const Result<Library>& library() {
  static const Result<Library> loaded = open_library();
  return loaded;
}

Error failure(const Library& git, const std::string& what) {
  const git_error* error = git.error_last();
  const bool known = error != nullptr && error->message != nullptr;
  return {Error::Kind::io, what + ": " + (known ? error->message : "unknown")};
}

}  // namespace

Result<GitRules> GitRules::open(const std::filesystem::path& path) {
  const Result<Library>& git = library();
  if (!git) return tl::unexpected(git.error());
  const std::string start = path.string();
  git_repository* raw = nullptr;
  if (git->open_ext(&raw, start.empty() ? nullptr : start.c_str(), GIT_REPOSITORY_OPEN_FROM_ENV, nullptr) != 0)
    return tl::unexpected(failure(*git, "cannot open the git repository at " + (start.empty() ? "." : start)));
  return GitRules(std::shared_ptr<git_repository>(raw, git->repository_free));
}

bool GitRules::ignores(const std::string& path) const {
  int ignored = 0;
  return library()->path_is_ignored(&ignored, repository_.get(), path.c_str()) == 0 && ignored != 0;
}

Result<std::string> GitRules::find_commit(const std::string& revision) const {
  const Library& git = *library();
  git_object* raw = nullptr;
  if (git.revparse_single(&raw, repository_.get(), (revision + "^{commit}").c_str()) != 0)
    return tl::unexpected(failure(git, "cannot find the revision '" + revision + "'"));
  const std::shared_ptr<git_object> object(raw, git.object_free);
  return std::string(reinterpret_cast<const char*>(git.object_id(raw)->id), GIT_OID_RAWSZ);
}

}  // namespace overreach
