#include "scanner/source/history.h"

#include <utility>

#include "scanner/source/attribution.h"

namespace overreach {

HistorySource::HistorySource(std::filesystem::path repository) : repository_(std::move(repository)) {}

void HistorySource::read(const Sink& sink, unsigned workers, Tally& tally) {
  Result<Objects> objects = Objects::open(repository_, tally);
  if (!objects) return tally.skip(repository_.string(), objects.error().message, true);
  objects_ = std::move(*objects);
  objects_->read(ObjectType::blob, sink, workers, tally);
}

std::map<std::string, std::vector<Origin>> HistorySource::origins_of(const std::set<std::string>& blobs,
                                                                     unsigned workers, Tally& tally) {
  if (!objects_) return {};
  return attribute(*objects_, blobs, workers, tally);
}

}  // namespace overreach
