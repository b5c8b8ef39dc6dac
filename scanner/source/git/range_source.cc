#include "scanner/source/git/range_source.h"

#include <algorithm>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "scanner/base/hash.h"
#include "scanner/source/git/commit_walk.h"
#include "scanner/source/git/id_table.h"
#include "scanner/source/git/objects.h"
#include "scanner/source/git/push_blobs.h"
#include "scanner/source/git/tree_diff.h"
#include "scanner/source/parallel.h"

namespace overreach {
namespace {

constexpr std::size_t kChunk = 32;        // commits that one thread compares in a row
constexpr std::size_t kManyBlobs = 1000;  // from here on reading along the deltas is quicker than one by one

/// The commits, newest first.
std::vector<CommitObject> commits_of(const CommitRange& range, const RepositoryPaths& repository,
                                     const ObjectStore& store, Tally& tally) {
  const std::set<std::string> shallow = shallow_commits(repository.common);
  std::vector<CommitObject> out = walk_commits(store, shallow, range.include, range.exclude, tally);
  for (const std::string& id : range.alone) {
    Result<CommitObject> commit = read_commit(store, id);
    if (!commit) tally.skip(hex(id), "unreadable commit: " + commit.error().message, true);
    if (commit && shallow.contains(id))
      tally.skip(hex(id), "its parent is not in this shallow clone: all its files count as new", false);
    if (commit) out.push_back(std::move(*commit));
  }
  if (range.since) std::erase_if(out, [&](const CommitObject& commit) { return commit.time <= *range.since; });
  return out;
}

/// A blob that a commit brings.
struct Fresh {
  std::string blob;  // raw id
  std::string path;
  std::size_t commit = 0;
  auto operator<=>(const Fresh&) const = default;
};

/// What the commits bring, by blob, path and commit, the oldest commit first.
class Comparisons {
 public:
  Comparisons(const ObjectStore& store, const std::vector<CommitObject>& commits, Tally& tally)
      : store_(store), commits_(commits), tally_(tally) {}

  std::vector<Fresh> run(unsigned workers) {
    std::vector<std::vector<Fresh>> found(workers);
    std::vector<TreeReader> readers(workers, TreeReader(store_));
    parallel_for((commits_.size() + kChunk - 1) / kChunk, workers, [&](std::size_t chunk, unsigned worker) {
      const std::size_t end = std::min(commits_.size(), (chunk + 1) * kChunk);
      for (std::size_t i = chunk * kChunk; i < end; ++i) compare(i, readers[worker], found[worker]);
    });
    std::vector<Fresh> all;
    for (std::vector<Fresh>& part : found) std::move(part.begin(), part.end(), std::back_inserter(all));
    std::sort(all.begin(), all.end());
    return all;
  }

 private:
  void compare(std::size_t i, TreeReader& reader, std::vector<Fresh>& found) {
    const CommitObject& commit = commits_[i];
    std::vector<std::string> owned;
    for (const std::string& id : commit.parents)
      if (Result<CommitObject> parent = read_commit(store_, id)) owned.push_back(std::move(parent->tree));
    const std::vector<std::string_view> parents(owned.begin(), owned.end());
    TreeVisitor visitor;
    visitor.fresh = [&](const std::string& path, const TreeEntry& entry) {
      if (entry.is_submodule())
        tally_.skip(path, "submodule, not descended", false);
      else
        found.push_back({std::string(entry.id), path, commits_.size() - i});
    };
    visitor.lost = [&](const std::string& path, const Error& error) {
      tally_.skip(hex(commit.id) + ":" + path, "unreadable directory: " + error.message, true);
    };
    compare_trees(reader, commit.tree, parents, visitor);
  }

  const ObjectStore& store_;
  const std::vector<CommitObject>& commits_;
  Tally& tally_;
};

/// Reads many blobs: along the deltas of their packs, each built once from the one it derives from. What does not come
/// this way is read by itself, and named if that fails too.
void push_along_deltas(const RepositoryPaths& repository, const ObjectStore& store, std::span<const WantedBlob> wanted,
                       const Sink& sink, unsigned workers, Tally& tally) {
  IdTable table(repository.id_size);
  for (const WantedBlob& blob : wanted) table.add(blob.id);
  std::vector<char> done(wanted.size());
  Tally unheard;  // damage elsewhere in the packs is not of this range
  if (Result<Objects> objects = Objects::open(repository.git_dir, unheard))
    objects->read(
        ObjectType::blob,
        [&](const Blob& blob, unsigned worker) {
          const std::optional<std::uint32_t> i = table.find(blob.id);
          if (!i) return;
          done[*i] = 1;
          note_pointer(blob.bytes, wanted[*i].origins[0].path, tally);
          Blob placed = blob;
          placed.origins = wanted[*i].origins;
          sink(placed, worker);
        },
        workers, unheard, [&](std::string_view id) { return !table.find(id).has_value(); });
  tally.blobs += unheard.blobs;
  tally.bytes += unheard.bytes;
  std::vector<WantedBlob> left;
  for (std::size_t i = 0; i < wanted.size(); ++i)
    if (done[i] == 0) left.push_back(wanted[i]);
  push_blobs(store, repository.partial_clone, left, sink, workers, tally);
}

}  // namespace

RangeSource::RangeSource(RepositoryPaths repository, const RangeRequest& request)
    : repository_(std::move(repository)),
      store_(repository_.objects, repository_.id_size, opening_),
      range_(resolve_range(repository_, store_, request)) {}

void RangeSource::read(const Sink& sink, unsigned workers, Tally& tally) {
  for (const Skipped& skipped : opening_.skipped()) tally.skip(skipped.path, skipped.reason, skipped.incomplete);
  const std::vector<CommitObject> commits = commits_of(range_, repository_, store_, tally);
  tally.commits += commits.size();
  const std::vector<Fresh> fresh = Comparisons(store_, commits, tally).run(workers);

  const Result<std::string> head_id = read_ref(repository_, "HEAD");
  const Result<CommitObject> head = read_commit(store_, head_id.value_or(""));
  TreeReader reader(store_);
  std::vector<WantedBlob> wanted;
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    const bool again = i > 0 && fresh[i - 1].blob == fresh[i].blob;
    if (!again) wanted.push_back({fresh[i].blob, {}});
    if (again && fresh[i - 1].path == fresh[i].path) continue;  // an older commit has brought it before
    Origin origin;
    origin.source = Origin::Source::commit;
    origin.path = fresh[i].path;
    origin.commit = hex(commits[commits.size() - fresh[i].commit].id);
    origin.in_head = head && reader.blob_at(head->tree, origin.path) == fresh[i].blob;
    wanted.back().origins.push_back(std::move(origin));
  }
  if (wanted.size() < kManyBlobs)
    push_blobs(store_, repository_.partial_clone, wanted, sink, workers, tally);
  else
    push_along_deltas(repository_, store_, wanted, sink, workers, tally);
}

}  // namespace overreach
