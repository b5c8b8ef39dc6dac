#include "scanner/source/git/history.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include "scanner/base/hash.h"
#include "scanner/source/git/attribution.h"
#include "scanner/source/git/refs.h"
#include "scanner/source/parallel.h"

namespace overreach {
namespace {

constexpr std::uint64_t kUnknown = ~std::uint64_t{0};  // a pack that the cache does not have

}  // namespace

HistorySource::HistorySource(std::filesystem::path repository) : repository_(std::move(repository)) {}

void HistorySource::use_cache(const std::filesystem::path& directory, std::string rules) {
  cache_directory_ = directory;
  rules_ = std::move(rules);
}

void HistorySource::read(const Sink& sink, unsigned workers, Tally& tally) {
  const std::uint64_t lost = tally.lost;
  Result<Objects> objects = Objects::open(repository_, tally);
  if (!objects) return tally.lose(repository_.string(), objects.error().message);
  objects_ = std::move(*objects);
  if (!cache_directory_.empty()) cache_ = ScanCache::open(cache_directory_, objects_->common_dir(), rules_);
  if (!cache_) return objects_->read(ObjectType::blob, sink, workers, tally);
  read_new(sink, workers, tally);
  read_marked(sink, workers, tally);
  complete_ = tally.lost == lost;
}

/// Packs and loose objects that the cache does not know. After a repack the blobs in a new pack are mostly known ones.
void HistorySource::read_new(const Sink& sink, unsigned workers, Tally& tally) {
  const ObjectStore& store = objects_->store();
  for (const Pack& pack : store.packs())
    packs_.push_back(
        cache_->pack(pack.checksum()).value_or(ScanCache::Pack{std::string(pack.checksum()), kUnknown, ""}));
  IdTable ids(store.id_size());
  if (std::any_of(packs_.begin(), packs_.end(), [](const ScanCache::Pack& pack) { return pack.blobs == kUnknown; }))
    cache_->add_blobs(ids);
  for (std::size_t i = 0; i < packs_.size(); ++i) {
    if (packs_[i].blobs == kUnknown) {
      objects_->read_pack(i, ObjectType::blob, sink, workers, tally,
                          [&](std::string_view id) { return ids.find(id).has_value(); });
      note_pack(i, ids, tally);
    } else {
      tally.blobs += packs_[i].blobs;
      tally.cached += packs_[i].blobs;
    }
  }
  read_new_loose(sink, workers, tally);
}

/// What the cache is to know of a pack that has been read.
void HistorySource::note_pack(std::size_t index, const IdTable& known, Tally& tally) {
  const ObjectStore& store = objects_->store();
  const Pack& pack = store.packs()[index];
  ScanCache::Pack& out = packs_[index];
  out.blobs = 0;
  for (std::uint32_t i = 0; i < pack.size(); ++i) {
    if (pack.entries()[i].root != ObjectType::blob) continue;
    const std::string_view id = pack.id(i);
    out.ids += id;
    if (store.in_packs(id, index)) continue;
    ++out.blobs;
    if (!known.find(id)) continue;
    ++tally.blobs;
    ++tally.cached;
  }
}

void HistorySource::read_new_loose(const Sink& sink, unsigned workers, Tally& tally) {
  const ScanCache::Loose before = cache_->loose();
  std::vector<std::vector<std::string>> blobs(workers);
  objects_->read_loose(
      ObjectType::blob,
      [&](const Blob& blob, unsigned worker) {
        blobs[worker].push_back(std::string(blob.id));
        sink(blob, worker);
      },
      workers, tally, [&](std::string_view id) { return before.contains(std::string(id)); });
  for (const ObjectStore::Loose& loose : objects_->store().loose()) {
    const auto it = before.find(loose.id);
    loose_[loose.id] = it != before.end() && it->second;
    if (it == before.end() || !it->second || objects_->store().in_packs(loose.id, packs_.size())) continue;
    ++tally.blobs;
    ++tally.cached;
  }
  for (const std::vector<std::string>& ids : blobs)
    for (const std::string& id : ids) loose_[id] = true;
}

void HistorySource::read_marked(const Sink& sink, unsigned workers, Tally& tally) {
  const std::vector<std::string> marked = cache_->marked();
  const ObjectStore& store = objects_->store();
  parallel_for(marked.size(), workers, [&](std::size_t i, unsigned worker) {
    if (!store.has(marked[i])) return;  // collected since
    const Result<Object> object = store.read(marked[i]);
    if (!object) return tally.lose(hex(marked[i]), "unreadable object: " + object.error().message);
    Origin origin;
    origin.source = Origin::Source::history;
    tally.bytes += object->bytes.size();
    sink(Blob{object->bytes, marked[i], std::span(&origin, 1)}, worker);
  });
}

/// Names the objects and everything that reaches them: while this is the same, so are the origins.
std::string HistorySource::state() const {
  const ObjectStore& store = objects_->store();
  std::string all;
  for (const Pack& pack : store.packs()) all += pack.checksum();
  for (const ObjectStore::Loose& loose : store.loose()) all += loose.id;
  Tally ignored;  // attribute() reads them again, and says what is wrong
  const std::vector<Tip> tips = read_tips(objects_->common_dir(), store.id_size(), ignored);
  for (const Tip& tip : tips) all += tip.name + '\0' + tip.id + (tip.reflog ? 'r' : 't');
  all += head_id(objects_->git_dir(), tips, store.id_size());
  std::ifstream shallow(objects_->common_dir() / "shallow", std::ios::binary);
  all.append(std::istreambuf_iterator<char>(shallow), {});
  const Digest digest = sha256(all);
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

HistorySource::Origins HistorySource::origins_of(const std::set<std::string>& blobs, unsigned workers, Tally& tally) {
  if (!objects_) return {};
  if (!cache_) return attribute(*objects_, blobs, workers, tally);
  std::optional<KnownOrigins> known = cache_->origins(state());
  const bool all = known && std::all_of(blobs.begin(), blobs.end(),
                                        [&](const std::string& blob) { return known->origins.contains(blob); });
  if (!all) {
    Tally fresh;  // what is said about it is remembered
    known = KnownOrigins{attribute(*objects_, blobs, workers, fresh), fresh.skipped(), fresh.commits};
    found_ = known;
    tally.inflated += fresh.inflated;
  }
  tally.commits += known->commits;
  for (const Skipped& skipped : known->skipped) tally.skip(skipped.path, skipped.reason, skipped.incomplete);
  return std::move(known->origins);
}

void HistorySource::remember(const std::set<std::string>& marked, bool with_origins) {
  if (!cache_) return;
  if (complete_) {
    std::vector<std::string> ids;
    for (const std::string& id : marked) ids.push_back(unhex(id));
    cache_->remember(packs_, loose_, ids);
  }
  if (with_origins && found_) cache_->remember(state(), *found_);
}

}  // namespace overreach
