#include "scanner/source/history.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "scanner/base/hash.h"
#include "scanner/source/forest.h"
#include "scanner/source/git.h"
#include "scanner/source/object_store.h"
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

/// The blob with this id through libgit2, which also checks its hash; nothing if it is something else.
Result<std::optional<std::string>> read_blob(git_odb* odb, const git_oid& id) {
  std::size_t size = 0;
  git_object_t type = GIT_OBJECT_INVALID;
  git_odb_object* raw = nullptr;
  if (git_odb_read_header(&size, &type, odb, &id) == 0 && type != GIT_OBJECT_BLOB) return std::nullopt;
  if (git_odb_read(&raw, odb, &id) != 0) return tl::unexpected(git_failure("unreadable object"));
  const OdbObject object(raw);
  if (git_odb_object_type(raw) != GIT_OBJECT_BLOB) return std::nullopt;
  return std::string(static_cast<const char*>(git_odb_object_data(raw)), git_odb_object_size(raw));
}

git_oid oid_of(std::string_view raw_id) {
  git_oid id;
  git_oid_fromraw(&id, reinterpret_cast<const unsigned char*>(raw_id.data()));
  return id;
}

/// One run over all objects.
class ObjectReader {
 public:
  ObjectReader(ObjectStore store, std::vector<Odb> odbs, const Sink& sink, Tally& tally)
      : store_(std::move(store)), odbs_(std::move(odbs)), sink_(sink), tally_(tally) {}

  void read(unsigned workers) {
    for (std::size_t i = 0; i < store_.packs.size(); ++i) read_pack(i, workers);
    parallel_for(store_.loose.size(), workers, [this](std::size_t i, unsigned worker) { read_loose(i, worker); });
  }

 private:
  bool in_packs(std::string_view raw_id, std::size_t before) const {
    return std::any_of(store_.packs.begin(), store_.packs.begin() + static_cast<std::ptrdiff_t>(before),
                       [&](const Pack& pack) { return pack.find(raw_id).has_value(); });
  }

  void read_pack(std::size_t index, unsigned workers);
  void read_loose(std::size_t i, unsigned worker);

  ObjectStore store_;
  std::vector<Odb> odbs_;  // one per worker
  const Sink& sink_;
  Tally& tally_;
};

/// Trees of the forest are handed out heaviest first, so that no thread is left with a long one at the end.
void ObjectReader::read_pack(std::size_t index, unsigned workers) {
  const Pack& pack = store_.packs[index];
  std::vector<std::uint32_t> roots;
  for (std::uint32_t i = 0; i < pack.entries().size(); ++i) {
    const Pack::Entry& entry = pack.entries()[i];
    if (entry.root == Pack::Type::blob && entry.base == Pack::kNone) roots.push_back(i);
    if (entry.root == Pack::Type::unknown) tally_.skip(hex(pack.id(i)), "unreadable object: damaged pack entry", true);
  }
  std::stable_sort(roots.begin(), roots.end(), [&](std::uint32_t a, std::uint32_t b) {
    return pack.entries()[a].weight > pack.entries()[b].weight;
  });
  const std::function<bool(std::string_view)> seen_before = [&](std::string_view id) { return in_packs(id, index); };
  std::vector<ReadElsewhere> elsewhere;
  std::vector<ForestWalk> walks;
  elsewhere.reserve(workers);
  for (unsigned worker = 0; worker < workers; ++worker) {
    elsewhere.push_back(
        [odb = odbs_[worker].get()](std::string_view id) { return read_blob(odb, oid_of(id)).value_or(std::nullopt); });
    walks.emplace_back(pack, sink_, worker, tally_, elsewhere.back(), seen_before);
  }
  parallel_for(roots.size(), workers, [&](std::size_t i, unsigned worker) { walks[worker].read(roots[i]); });
}

void ObjectReader::read_loose(std::size_t i, unsigned worker) {
  const std::string& raw_id = store_.loose[i];
  if (in_packs(raw_id, store_.packs.size())) return;
  const std::string name = hex(raw_id);
  const Result<std::optional<std::string>> bytes = read_blob(odbs_[worker].get(), oid_of(raw_id));
  if (!bytes) return tally_.skip(name, bytes.error().message, true);
  if (!*bytes) return;
  ++tally_.blobs;
  tally_.bytes += (*bytes)->size();
  Origin origin;
  origin.source = Origin::Source::history;
  sink_(Blob{**bytes, name, std::span(&origin, 1)}, worker);
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
  const std::filesystem::path objects =
      std::filesystem::path(git_repository_commondir(repositories[0].get())) / "objects";
  ObjectReader(open_objects(objects, GIT_OID_RAWSZ, tally), std::move(odbs), sink, tally).read(workers);
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
