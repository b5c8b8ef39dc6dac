#include "scanner/source/history.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "scanner/source/git.h"
#include "scanner/source/parallel.h"
#include "scanner/source/tree_diff.h"

namespace overreach {
namespace {

/// One repository handle per thread: libgit2 objects are not shared between threads.
std::vector<Repository> open_for_each(const std::filesystem::path& path, unsigned workers, Tally& tally) {
  std::vector<Repository> out;
  for (unsigned i = 0; i < workers; ++i) {
    Result<Repository> repository = open_repository(path);
    if (!repository) {
      tally.skip(path.string(), repository.error().message, true);
      return {};
    }
    out.push_back(std::move(*repository));
  }
  return out;
}

int collect_id(const git_oid* id, void* out) noexcept {
  static_cast<std::vector<git_oid>*>(out)->push_back(*id);
  return 0;
}

bool less(const git_oid& a, const git_oid& b) { return git_oid_cmp(&a, &b) < 0; }
bool equal(const git_oid& a, const git_oid& b) { return git_oid_equal(&a, &b) == 1; }

/// All ids of the object database, each once however many packs hold it.
std::vector<git_oid> all_objects(git_odb* odb, Tally& tally) {
  std::vector<git_oid> ids;
  if (git_odb_foreach(odb, collect_id, &ids) != 0)
    tally.skip(".git/objects", git_failure("cannot list objects").message, true);
  std::sort(ids.begin(), ids.end(), less);
  ids.erase(std::unique(ids.begin(), ids.end(), equal), ids.end());
  return ids;
}

void read_blob(git_odb* odb, const git_oid& id, const Sink& sink, unsigned worker, Tally& tally) {
  std::size_t size = 0;
  git_object_t type = GIT_OBJECT_INVALID;
  git_odb_object* raw = nullptr;
  const std::string name = hex_of(id);
  if (git_odb_read_header(&size, &type, odb, &id) == 0 && type != GIT_OBJECT_BLOB) return;
  if (git_odb_read(&raw, odb, &id) != 0) {
    tally.skip(name, git_failure("unreadable object").message, true);
    return;
  }
  const OdbObject object(raw);
  if (git_odb_object_type(raw) != GIT_OBJECT_BLOB) return;
  const std::string_view bytes(static_cast<const char*>(git_odb_object_data(raw)), git_odb_object_size(raw));
  ++tally.blobs;
  tally.bytes += bytes.size();
  Origin origin;
  origin.source = Origin::Source::history;
  sink(Blob{bytes, name, std::span(&origin, 1)}, worker);
}

int push_reflog_entries(git_repository* repository, git_revwalk* walk, const char* name) {
  git_reflog* raw = nullptr;
  if (git_reflog_read(&raw, repository, name) != 0) return 0;
  const Reflog log(raw);
  for (std::size_t i = 0; i < git_reflog_entrycount(raw); ++i)
    git_revwalk_push(walk, git_reflog_entry_id_new(git_reflog_entry_byindex(raw, i)));
  return 0;
}

struct WalkFrom {
  git_repository* repository;
  git_revwalk* walk;
};

int push_reference(const char* name, void* context) noexcept {
  const auto* from = static_cast<WalkFrom*>(context);
  git_revwalk_push_ref(from->walk, name);  // fails for tags of blobs: nothing to walk there
  return push_reflog_entries(from->repository, from->walk, name);
}

/// Everything reachable, oldest first.
std::vector<git_oid> all_commits(git_repository* repository, Tally& tally) {
  git_revwalk* raw = nullptr;
  if (git_revwalk_new(&raw, repository) != 0) return {};
  const Revwalk walk(raw);
  git_revwalk_sorting(raw, GIT_SORT_TOPOLOGICAL | GIT_SORT_TIME | GIT_SORT_REVERSE);
  WalkFrom from{repository, raw};
  git_reference_foreach_name(repository, push_reference, &from);
  git_revwalk_push_head(raw);
  push_reflog_entries(repository, raw, "HEAD");
  std::vector<git_oid> commits;
  git_oid id;
  int status = 0;
  while ((status = git_revwalk_next(&id, raw)) == 0) commits.push_back(id);
  if (status != GIT_ITEROVER) tally.skip(".git", git_failure("history ends early").message, true);
  return commits;
}

std::string object_path(const std::string& id) { return ".git/objects/" + id.substr(0, 2) + "/" + id.substr(2); }

/// (blob, path) -> index of the first commit that brought it there.
using FirstSeen = std::map<std::pair<std::string, std::string>, std::size_t>;

void note_new_blobs(git_repository* repository, std::size_t order, const git_oid& commit,
                    const std::set<std::string>& blobs, FirstSeen& seen, Tally& tally) {
  const bool complete = for_each_new_blob(repository, commit, [&](const std::string& path, const git_oid& id) {
    std::string name = hex_of(id);
    if (!blobs.contains(name)) return;
    const auto [it, fresh] = seen.emplace(std::pair(std::move(name), path), order);
    if (!fresh) it->second = std::min(it->second, order);
  });
  if (!complete) tally.skip(hex_of(commit), "some tree of this commit could not be read", true);
}

}  // namespace

HistorySource::HistorySource(std::filesystem::path repository) : repository_(std::move(repository)) {}

void HistorySource::read(const Sink& sink, unsigned workers, Tally& tally) {
  const std::vector<Repository> repositories = open_for_each(repository_, workers, tally);
  if (repositories.empty()) return;
  std::vector<Odb> odbs;
  for (const Repository& repository : repositories) {
    git_odb* raw = nullptr;
    if (git_repository_odb(&raw, repository.get()) != 0) {
      tally.skip(".git", git_failure("cannot open the object database").message, true);
      return;
    }
    odbs.emplace_back(raw);
  }
  const std::vector<git_oid> ids = all_objects(odbs[0].get(), tally);
  parallel_for(ids.size(), workers,
               [&](std::size_t i, unsigned worker) { read_blob(odbs[worker].get(), ids[i], sink, worker, tally); });
}

std::map<std::string, std::vector<Origin>> attribute(const std::filesystem::path& path,
                                                     const std::set<std::string>& blobs, unsigned workers,
                                                     Tally& tally) {
  std::map<std::string, std::vector<Origin>> out;
  const std::vector<Repository> repositories = open_for_each(path, workers, tally);
  if (repositories.empty()) return out;
  const std::vector<git_oid> commits = all_commits(repositories[0].get(), tally);
  tally.commits += commits.size();
  if (blobs.empty()) return out;

  std::vector<FirstSeen> seen(workers);
  parallel_for(commits.size(), workers, [&](std::size_t i, unsigned worker) {
    note_new_blobs(repositories[worker].get(), i, commits[i], blobs, seen[worker], tally);
  });
  for (unsigned worker = 1; worker < workers; ++worker)
    for (const auto& [key, order] : seen[worker]) {
      const auto [it, fresh] = seen[0].emplace(key, order);
      if (!fresh) it->second = std::min(it->second, order);
    }

  const Tree head = head_tree(repositories[0].get());
  for (const auto& [key, order] : seen[0])
    out[key.first].push_back(
        {Origin::Source::history, key.second, hex_of(commits[order]), false, holds(head.get(), key.second, key.first)});
  for (const std::string& blob : blobs)
    if (!out.contains(blob)) out[blob].push_back({Origin::Source::history, object_path(blob), "", false, false});
  return out;
}

}  // namespace overreach
