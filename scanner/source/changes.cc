#include "scanner/source/changes.h"

#include <map>
#include <utility>
#include <vector>

#include "scanner/source/git.h"
#include "scanner/source/parallel.h"
#include "scanner/source/tree_diff.h"

namespace overreach {
namespace {

/// A blob to read and every place it goes to.
struct Wanted {
  git_oid id;
  std::vector<Origin> origins;
};

/// Reads blobs in parallel and pushes them. The object database is shared: libgit2 locks it.
void push_blobs(git_repository* repository, const std::vector<Wanted>& wanted, const Sink& sink, unsigned workers,
                Tally& tally) {
  git_odb* raw = nullptr;
  if (git_repository_odb(&raw, repository) != 0) {
    tally.skip(".git", git_failure("cannot open the object database").message, true);
    return;
  }
  const Odb odb(raw);
  parallel_for(wanted.size(), workers, [&](std::size_t i, unsigned worker) {
    git_odb_object* object = nullptr;
    if (git_odb_read(&object, odb.get(), &wanted[i].id) != 0) {
      tally.skip(wanted[i].origins[0].path, git_failure("unreadable object").message, true);
      return;
    }
    const OdbObject owned(object);
    const std::string_view bytes(static_cast<const char*>(git_odb_object_data(object)), git_odb_object_size(object));
    ++tally.blobs;
    tally.bytes += bytes.size();
    sink(Blob{bytes, hex_of(wanted[i].id), wanted[i].origins}, worker);
  });
}

git_oid resolve(git_repository* repository, const std::string& revision) {
  git_object* raw = nullptr;
  const std::string spec = (revision.empty() ? "HEAD" : revision) + "^{commit}";
  if (git_revparse_single(&raw, repository, spec.c_str()) != 0) {
    std::string message = "cannot find the revision '" + revision + "'";
    if (git_repository_is_shallow(repository) == 1)
      message += "; this is a shallow clone: run 'git fetch --unshallow' first";
    throw UsageError(message);
  }
  const GitObject object(raw);
  return *git_object_id(raw);
}

git_oid from_hex(const std::string& text) {
  git_oid id;
  git_oid_fromstr(&id, text.c_str());
  return id;
}

}  // namespace

RangeSource::RangeSource(std::filesystem::path repository, const std::string& range)
    : repository_(std::move(repository)) {
  const Result<Repository> opened = open_repository(repository_);
  if (!opened) throw UsageError(opened.error().message);
  const std::size_t dots = range.find("..");
  const bool symmetric = dots != std::string::npos && range.compare(dots, 3, "...") == 0;
  git_oid from = resolve(opened->get(), range.substr(0, dots));
  const git_oid to = resolve(opened->get(), dots == std::string::npos ? "" : range.substr(dots + (symmetric ? 3 : 2)));
  if (symmetric) {
    git_oid base;
    if (git_merge_base(&base, opened->get(), &from, &to) != 0)
      throw UsageError("'" + range + "' has no merge base; if this is a shallow clone, run 'git fetch --unshallow'");
    from = base;
  }
  from_ = hex_of(from);
  to_ = hex_of(to);
}

void RangeSource::read(const Sink& sink, unsigned workers, Tally& tally) {
  const Result<Repository> repository = open_repository(repository_);
  git_revwalk* raw = nullptr;
  if (!repository || git_revwalk_new(&raw, repository->get()) != 0) {
    tally.skip(repository_.string(), "cannot walk the history", true);
    return;
  }
  const Revwalk walk(raw);
  const git_oid from = from_hex(from_);
  const git_oid to = from_hex(to_);
  git_revwalk_sorting(raw, GIT_SORT_TOPOLOGICAL | GIT_SORT_REVERSE);
  git_revwalk_push(raw, &to);
  git_revwalk_hide(raw, &from);

  const Tree head = head_tree(repository->get());
  std::map<std::string, Wanted> wanted;
  git_oid id;
  int status = 0;
  while ((status = git_revwalk_next(&id, raw)) == 0) {
    ++tally.commits;
    const std::string commit = hex_of(id);
    const bool complete = for_each_new_blob(repository->get(), id, [&](const std::string& path, const git_oid& blob) {
      Wanted& entry = wanted[hex_of(blob)];
      entry.id = blob;
      entry.origins.push_back({Origin::Source::commit, path, commit, false, false});
    });
    if (!complete) tally.skip(commit, "some tree of this commit could not be read", true);
  }
  if (status != GIT_ITEROVER) tally.skip(to_, git_failure("history ends early").message, true);

  std::vector<Wanted> list;
  for (auto& [name, entry] : wanted) {
    for (Origin& origin : entry.origins) origin.in_head = holds(head.get(), origin.path, name);
    list.push_back(std::move(entry));
  }
  push_blobs(repository->get(), list, sink, workers, tally);
}

}  // namespace overreach
