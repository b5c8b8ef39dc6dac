// All of a repository's blobs.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "scanner/source/git/objects.h"
#include "scanner/source/git/scan_cache.h"
#include "scanner/source/source.h"

namespace overreach {

/// Every distinct blob in the object database, once, reachable or not. A blob's one origin has
/// an empty path: which commits and paths hold it is asked of origins_of() afterwards, for the few
/// blobs that matter. With a cache, blobs that an earlier scan found nothing in are counted and not read.
class HistorySource : public Source {
 public:
  using Origins = std::map<std::string, std::vector<Origin>>;  // by hex id

  explicit HistorySource(std::filesystem::path repository);
  /// To be called before read(), with the rules of the scan: see ScanCache::open().
  void use_cache(const std::filesystem::path& directory, std::string rules);

  void read(const Sink& sink, unsigned workers, Tally& tally) override;
  /// After read(): see attribute().
  Origins origins_of(const std::set<std::string>& blobs, unsigned workers, Tally& tally);
  /// Last: what the next scan need not do again. `marked` are the blobs (hex ids) that it must read again because there
  /// is something to say about them. Origins are kept only if `with_origins`. Without a cache, does nothing.
  void remember(const std::set<std::string>& marked, bool with_origins);

 private:
  void read_new(const Sink& sink, unsigned workers, Tally& tally);
  void read_marked(const Sink& sink, unsigned workers, Tally& tally);
  void read_new_loose(const Sink& sink, unsigned workers, Tally& tally);
  void note_pack(std::size_t index, const IdTable& known, Tally& tally);
  std::string state() const;

  std::filesystem::path repository_;
  std::filesystem::path cache_directory_;  // empty: no cache
  std::string rules_;
  std::optional<Objects> objects_;  // opened by read()
  std::optional<ScanCache> cache_;
  bool complete_ = true;  // everything that was to be read could be
  std::vector<ScanCache::Pack> packs_;
  ScanCache::Loose loose_;
  std::optional<KnownOrigins> found_;  // origins that the cache did not have
};

}  // namespace overreach
