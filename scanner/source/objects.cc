#include "scanner/source/objects.h"

#include <algorithm>
#include <utility>

#include "scanner/base/hash.h"
#include "scanner/source/forest.h"
#include "scanner/source/parallel.h"

namespace overreach {
namespace {

git_object_t git_type(Pack::Type type) {
  switch (type) {
    case Pack::Type::commit:
      return GIT_OBJECT_COMMIT;
    case Pack::Type::tree:
      return GIT_OBJECT_TREE;
    case Pack::Type::tag:
      return GIT_OBJECT_TAG;
    default:
      return GIT_OBJECT_BLOB;
  }
}

/// The object with this id through libgit2, which also checks its hash; nothing if it is of another type.
Result<std::optional<std::string>> read_object(git_odb* odb, std::string_view raw_id, git_object_t wanted) {
  git_oid id;
  git_oid_fromraw(&id, reinterpret_cast<const unsigned char*>(raw_id.data()));
  std::size_t size = 0;
  git_object_t type = GIT_OBJECT_INVALID;
  git_odb_object* raw = nullptr;
  if (git_odb_read_header(&size, &type, odb, &id) == 0 && type != wanted) return std::nullopt;
  if (git_odb_read(&raw, odb, &id) != 0) return tl::unexpected(git_failure("unreadable object"));
  const OdbObject object(raw);
  if (git_odb_object_type(raw) != wanted) return std::nullopt;
  return std::string(static_cast<const char*>(git_odb_object_data(raw)), git_odb_object_size(raw));
}

}  // namespace

Result<Objects> Objects::open(const std::filesystem::path& path, unsigned workers, Tally& tally) {
  Objects out;
  for (unsigned i = 0; i < workers; ++i) {
    Result<Repository> repository = open_repository(path);
    if (!repository) return tl::unexpected(repository.error());
    git_odb* odb = nullptr;
    if (git_repository_odb(&odb, repository->get()) != 0)
      return tl::unexpected(git_failure("cannot open the object database"));
    out.repositories_.push_back(std::move(*repository));
    out.odbs_.emplace_back(odb);
  }
  const std::filesystem::path common = git_repository_commondir(out.repository());
  out.store_ = open_objects(common / "objects", GIT_OID_RAWSZ, tally);
  return out;
}

void Objects::read(Pack::Type type, const Sink& sink, Tally& tally) const {
  for (std::size_t i = 0; i < store_.packs.size(); ++i) read_pack(i, type, sink, tally);
  parallel_for(store_.loose.size(), workers(),
               [&](std::size_t i, unsigned worker) { read_loose(i, type, sink, worker, tally); });
}

bool Objects::in_packs(std::string_view raw_id, std::size_t before) const {
  return std::any_of(store_.packs.begin(), store_.packs.begin() + static_cast<std::ptrdiff_t>(before),
                     [&](const Pack& pack) { return pack.find(raw_id).has_value(); });
}

/// Trees of the forest are handed out heaviest first, so that no thread is left with a long one at the end.
void Objects::read_pack(std::size_t index, Pack::Type type, const Sink& sink, Tally& tally) const {
  const Pack& pack = store_.packs[index];
  std::vector<std::uint32_t> roots;
  for (std::uint32_t i = 0; i < pack.entries().size(); ++i) {
    const Pack::Entry& entry = pack.entries()[i];
    if (entry.root == type && entry.base == Pack::kNone) roots.push_back(i);
    if (entry.root == Pack::Type::unknown) tally.skip(hex(pack.id(i)), "unreadable object: damaged pack entry", true);
  }
  std::stable_sort(roots.begin(), roots.end(), [&](std::uint32_t a, std::uint32_t b) {
    return pack.entries()[a].weight > pack.entries()[b].weight;
  });
  const std::function<bool(std::string_view)> seen_before = [&](std::string_view id) { return in_packs(id, index); };
  std::vector<ReadElsewhere> elsewhere;
  std::vector<ForestWalk> walks;
  elsewhere.reserve(workers());
  for (unsigned worker = 0; worker < workers(); ++worker) {
    elsewhere.push_back([odb = odbs_[worker].get(), type](std::string_view id) {
      return read_object(odb, id, git_type(type)).value_or(std::nullopt);
    });
    walks.emplace_back(pack, sink, worker, tally, elsewhere.back(), seen_before);
  }
  parallel_for(roots.size(), workers(), [&](std::size_t i, unsigned worker) { walks[worker].read(roots[i]); });
}

void Objects::read_loose(std::size_t i, Pack::Type type, const Sink& sink, unsigned worker, Tally& tally) const {
  const std::string& raw_id = store_.loose[i];
  if (in_packs(raw_id, store_.packs.size())) return;
  const std::string name = hex(raw_id);
  const Result<std::optional<std::string>> bytes = read_object(odbs_[worker].get(), raw_id, git_type(type));
  if (!bytes) return tally.skip(name, bytes.error().message, true);
  if (!*bytes) return;
  ++tally.blobs;
  tally.bytes += (*bytes)->size();
  Origin origin;
  origin.source = Origin::Source::history;
  sink(Blob{**bytes, name, std::span(&origin, 1)}, worker);
}

}  // namespace overreach
