#include "scanner/source/history.h"

#include <utility>

#include "scanner/source/objects.h"

namespace overreach {

HistorySource::HistorySource(std::filesystem::path repository) : repository_(std::move(repository)) {}

void HistorySource::read(const Sink& sink, unsigned workers, Tally& tally) {
  const Result<Objects> objects = Objects::open(repository_, workers, tally);
  if (objects)
    objects->read(Pack::Type::blob, sink, tally);
  else
    tally.skip(repository_.string(), objects.error().message, true);
}

}  // namespace overreach
