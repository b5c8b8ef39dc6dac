#include "scanner/source/git.h"

#include <array>
#include <cstdlib>

namespace overreach {
namespace {

/// A remote URL may carry a token: keep scheme, host and path only.
std::string without_credentials(std::string url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string::npos) return url;
  const std::size_t host = scheme + 3;
  const std::size_t at = url.substr(0, url.find('/', host)).rfind('@');
  if (at != std::string::npos && at >= host) url.erase(host, at + 1 - host);
  return url.substr(0, url.find_first_of("?#"));
}

}  // namespace

GitRuntime::GitRuntime() {
  git_libgit2_init();
  git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
  // Repositories that libgit2 would not open, although what it is asked for is the same in them.
  std::array<const char*, 4> extensions = {"objectformat", "partialclone", "worktreeconfig", "preciousobjects"};
  git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, extensions.data(), extensions.size());
}

GitRuntime::~GitRuntime() { git_libgit2_shutdown(); }

Error git_failure(std::string_view what) {
  const git_error* error = git_error_last();
  const bool known = error != nullptr && error->message != nullptr;
  return {Error::Kind::io, std::string(what) + ": " + (known ? error->message : "unknown")};
}

Result<Repository> open_repository(const std::filesystem::path& path) {
  git_repository* raw = nullptr;
  const std::string start = path.string();
  if (git_repository_open_ext(&raw, start.empty() ? nullptr : start.c_str(), GIT_REPOSITORY_OPEN_FROM_ENV, nullptr) !=
      0)
    return tl::unexpected(git_failure("cannot open the git repository at " + (start.empty() ? "." : start)));
  return Repository(raw);
}

std::size_t id_size_of(git_repository* repository) {
  git_config* raw = nullptr;
  if (git_repository_config_snapshot(&raw, repository) != 0) return 20;
  const Config config(raw);
  const char* format = nullptr;
  return git_config_get_string(&format, raw, "extensions.objectformat") == 0 && std::string_view(format) == "sha256"
             ? 32
             : 20;
}

std::string work_tree(git_repository* repository) {
  const char* path = git_repository_workdir(repository);
  return path == nullptr ? std::string() : std::string(path);
}

std::string hex_of(const git_oid& id) {
  std::array<char, GIT_OID_HEXSZ + 1> text{};
  git_oid_tostr(text.data(), text.size(), &id);
  return text.data();
}

Tree head_tree(git_repository* repository) {
  git_reference* head = nullptr;
  git_object* tree = nullptr;
  if (git_repository_head(&head, repository) != 0) return nullptr;
  const Reference owned(head);
  if (git_reference_peel(&tree, head, GIT_OBJECT_TREE) != 0) return nullptr;
  return Tree(reinterpret_cast<git_tree*>(tree));
}

bool holds(const git_tree* tree, const std::string& path, const std::string& blob) {
  git_tree_entry* raw = nullptr;
  if (tree == nullptr || git_tree_entry_bypath(&raw, tree, path.c_str()) != 0) return false;
  const Handle<git_tree_entry, git_tree_entry_free> entry(raw);
  return hex_of(*git_tree_entry_id(raw)) == blob;
}

bool is_ignored(git_repository* repository, const std::string& path) {
  int ignored = 0;
  git_index* index = nullptr;
  if (git_ignore_path_is_ignored(&ignored, repository, path.c_str()) != 0 || ignored == 0) return false;
  if (git_repository_index(&index, repository) != 0) return true;
  const Index owned(index);
  return git_index_get_bypath(index, path.c_str(), 0) == nullptr;
}

RepositoryFacts facts_of(git_repository* repository) {
  RepositoryFacts facts;
  facts.shallow = git_repository_is_shallow(repository) == 1;
  git_reference* head = nullptr;
  if (git_repository_head(&head, repository) == 0) {
    const Reference owned(head);
    if (const git_oid* target = git_reference_target(head)) facts.revision = hex_of(*target);
    if (git_reference_is_branch(head) == 1) facts.branch = git_reference_shorthand(head);
  }
  git_remote* origin = nullptr;
  if (git_remote_lookup(&origin, repository, "origin") == 0) {
    const Remote owned(origin);
    if (const char* url = git_remote_url(origin)) facts.url = without_credentials(url);
  }
  return facts;
}

}  // namespace overreach
