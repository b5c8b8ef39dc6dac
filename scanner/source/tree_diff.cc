#include "scanner/source/tree_diff.h"

#include <algorithm>
#include <vector>

namespace overreach {
namespace {

constexpr unsigned kMaxDepth = 512;

using Visit = std::function<void(const std::string&, const git_oid&)>;

Tree lookup(git_repository* repository, const git_oid* id) {
  git_tree* raw = nullptr;
  return git_tree_lookup(&raw, repository, id) == 0 ? Tree(raw) : nullptr;
}

bool shared(const git_tree_entry* entry, std::span<const git_tree* const> parents) {
  return std::any_of(parents.begin(), parents.end(), [&](const git_tree* parent) {
    const git_tree_entry* other = git_tree_entry_byname(parent, git_tree_entry_name(entry));
    return other != nullptr && git_oid_equal(git_tree_entry_id(other), git_tree_entry_id(entry)) == 1;
  });
}

bool descend(git_repository* repository, const git_tree* tree, std::span<const git_tree* const> parents,
             const std::string& prefix, const Visit& visit, unsigned depth) {
  if (depth > kMaxDepth) return false;
  bool complete = true;
  for (std::size_t i = 0; i < git_tree_entrycount(tree); ++i) {
    const git_tree_entry* entry = git_tree_entry_byindex(tree, i);
    const git_object_t type = git_tree_entry_type(entry);
    if ((type != GIT_OBJECT_BLOB && type != GIT_OBJECT_TREE) || shared(entry, parents)) continue;
    const std::string path = prefix + git_tree_entry_name(entry);
    if (type == GIT_OBJECT_BLOB) {
      visit(path, *git_tree_entry_id(entry));
      continue;
    }
    std::vector<Tree> owned;
    std::vector<const git_tree*> below;
    for (const git_tree* parent : parents) {
      const git_tree_entry* other = git_tree_entry_byname(parent, git_tree_entry_name(entry));
      if (other == nullptr || git_tree_entry_type(other) != GIT_OBJECT_TREE) continue;
      owned.push_back(lookup(repository, git_tree_entry_id(other)));
      if (owned.back() != nullptr) below.push_back(owned.back().get());
    }
    const Tree subtree = lookup(repository, git_tree_entry_id(entry));
    complete =
        subtree != nullptr && descend(repository, subtree.get(), below, path + "/", visit, depth + 1) && complete;
  }
  return complete;
}

}  // namespace

bool for_each_new_blob(git_repository* repository, const git_tree* tree, std::span<const git_tree* const> parents,
                       const Visit& visit) {
  return descend(repository, tree, parents, "", visit, 0);
}

bool for_each_new_blob(git_repository* repository, const git_oid& id, const Visit& visit) {
  git_commit* raw = nullptr;
  if (git_commit_lookup(&raw, repository, &id) != 0) return false;
  const Commit commit(raw);
  const Tree tree = lookup(repository, git_commit_tree_id(raw));
  if (tree == nullptr) return false;
  std::vector<Tree> owned;
  std::vector<const git_tree*> parents;
  for (unsigned i = 0; i < git_commit_parentcount(raw); ++i) {
    git_commit* parent = nullptr;
    if (git_commit_parent(&parent, raw, i) != 0) continue;  // beyond a shallow boundary
    const Commit holder(parent);
    owned.push_back(lookup(repository, git_commit_tree_id(parent)));
    if (owned.back() != nullptr) parents.push_back(owned.back().get());
  }
  return for_each_new_blob(repository, tree.get(), parents, visit);
}

}  // namespace overreach
