// What libmongoc reads and writes through, so that it connects to nothing by itself.
#pragma once

#include <optional>

#include "detectors/probe/database/mongo_library.h"
#include "detectors/probe/database/stream.h"

namespace overreach {

/// Why connections of one client failed. Outlives them.
struct MongoTrouble {
  std::optional<Error> error;
};

/// Opens the checked address of `session` and wraps it for libmongoc, which owns what is returned and destroys it with
/// the function it holds. nullptr when it could not be opened; `trouble` says why. Session and trouble outlive it.
mongoc_stream_t* open_mongo_stream(const DatabaseSession& session, MongoTrouble& trouble);

}  // namespace overreach
