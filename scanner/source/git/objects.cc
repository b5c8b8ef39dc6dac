#include "scanner/source/git/objects.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "scanner/base/hash.h"
#include "scanner/source/git/forest.h"
#include "scanner/source/git/repository.h"
#include "scanner/source/parallel.h"

namespace overreach {
namespace {

/// What is to be done with each entry of a pack: an object that need not be pushed is still built where one that must
/// be derives from it.
std::vector<ForestWalk::Use> uses_of(const Pack& pack, ObjectType type, const Objects::Known& known) {
  std::vector<ForestWalk::Use> uses(pack.size(), ForestWalk::Use::skip);
  for (std::uint32_t i = 0; i < pack.size(); ++i) {
    if (pack.entries()[i].root != type || known(pack.id(i))) continue;
    uses[i] = ForestWalk::Use::push;
    for (std::uint32_t base = pack.entries()[i].base; base != Pack::kNone && uses[base] == ForestWalk::Use::skip;
         base = pack.entries()[base].base)
      uses[base] = ForestWalk::Use::build;
  }
  return uses;
}

/// Entries that lead to no object: nobody knows of what type they were.
void name_damaged(const Pack& pack, Tally& tally) {
  constexpr std::size_t kNamed = 100;
  std::size_t damaged = 0;
  for (std::uint32_t i = 0; i < pack.size(); ++i)
    if (pack.entries()[i].root == ObjectType::unknown && ++damaged <= kNamed)
      tally.lose(hex(pack.id(i)), "unreadable object: damaged pack entry");
  if (damaged > kNamed)
    tally.lose(pack.path().filename().string(), std::to_string(damaged - kNamed) + " more unreadable objects");
}

}  // namespace

Result<Objects> Objects::open(const std::filesystem::path& path, Tally& tally) {
  const Result<RepositoryPaths> repository = find_repository(path);
  if (!repository) return tl::unexpected(repository.error());
  Objects out;
  out.git_dir_ = repository->git_dir;
  out.common_dir_ = repository->common;
  out.store_ = ObjectStore(repository->objects, repository->id_size, tally);
  out.store_.list_loose();
  return out;
}

void Objects::read(ObjectType type, const Sink& sink, unsigned workers, Tally& tally, const Known& known) {
  for (std::size_t i = 0; i < store_.packs().size(); ++i) read_pack(i, type, sink, workers, tally, known);
  read_loose(type, sink, workers, tally, known);
}

void Objects::read_loose(ObjectType type, const Sink& sink, unsigned workers, Tally& tally, const Known& known) const {
  const std::vector<ObjectStore::Loose>& loose = store_.loose();
  parallel_for(loose.size(), workers, [&](std::size_t i, unsigned worker) {
    const bool again = i > 0 && loose[i].id == loose[i - 1].id;
    if (!again && !store_.in_packs(loose[i].id, store_.packs().size()) && !(known && known(loose[i].id)))
      read_loose(loose[i], type, sink, worker, tally);
  });
}

/// Trees of the forest are handed out heaviest first, so that no thread is left with a long one at the end.
void Objects::read_pack(std::size_t index, ObjectType type, const Sink& sink, unsigned workers, Tally& tally,
                        const Known& known) {
  Pack& pack = store_.packs()[index];
  pack.load(workers);
  const std::vector<ForestWalk::Use> uses =
      uses_of(pack, type, [&](std::string_view id) { return store_.in_packs(id, index) || (known && known(id)); });
  if (type == ObjectType::blob)
    tally.expected_blobs += static_cast<std::uint64_t>(std::count(uses.begin(), uses.end(), ForestWalk::Use::push));
  std::vector<std::uint32_t> roots;
  for (std::uint32_t i = 0; i < pack.size(); ++i) {
    const Pack::Entry& entry = pack.entries()[i];
    if (entry.root == type && entry.base == Pack::kNone && uses[i] != ForestWalk::Use::skip) roots.push_back(i);
  }
  if (type == ObjectType::blob) name_damaged(pack, tally);
  std::stable_sort(roots.begin(), roots.end(), [&](std::uint32_t a, std::uint32_t b) {
    return pack.entries()[a].weight > pack.entries()[b].weight;
  });
  const ReadElsewhere elsewhere = [&](std::string_view id, bool outside) -> std::optional<std::string> {
    Result<Object> object = store_.read(id, outside ? &pack : nullptr);
    if (!object || object->type != type) return std::nullopt;
    return std::move(object->bytes);
  };
  std::vector<ForestWalk> walks;
  for (unsigned worker = 0; worker < workers; ++worker) walks.emplace_back(pack, uses, sink, worker, tally, elsewhere);
  parallel_for(roots.size(), workers, [&](std::size_t i, unsigned worker) { walks[worker].read(roots[i]); });
}

void Objects::read_loose(const ObjectStore::Loose& loose, ObjectType type, const Sink& sink, unsigned worker,
                         Tally& tally) const {
  const std::string name = hex(loose.id);
  const Result<Object> object = store_.read(loose);
  if (!object) return tally.lose(name, "unreadable object: " + object.error().message);
  if (object->type != type) return;
  // What it holds is searched all the same: nobody knows whose content it is.
  if (!store_.is(*object, loose.id)) tally.lose(name, ObjectStore::mismatch().message);
  ++tally.blobs;
  tally.bytes += object->bytes.size();
  Origin origin;
  origin.source = Origin::Source::history;
  sink(Blob{object->bytes, loose.id, std::span(&origin, 1)}, worker);
}

}  // namespace overreach
