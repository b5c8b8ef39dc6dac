// Containers: contents that hold other contents.
#pragma once

#include "scanner/source/unpack/inside.h"

namespace overreach {

/// Opens containers inside blobs, recursively, with limits. One per thread.
class Unpacker {
 public:
  enum class Outcome : std::uint8_t {
    none,    // not a container
    partly,  // something in it could not be read, and was named
    whole,
  };

  explicit Unpacker(Tally& tally, UnpackLimits limits = {}) : tally_(tally), limits_(limits) {}

  /// Pushes every file in `blob` with the blob's id and origins, and the path inside in Origin::inner. `push` may call
  /// unpack() with what it gets: limits are those of the outermost blob. Of a blob that is a window only the first
  /// one is looked at; it needs a descriptor.
  Outcome unpack(const Blob& blob, const Inside::Push& push);

 private:
  void open(const Blob& blob, Inside& inside);
  bool read_whole(const Blob& blob, std::string& out);

  Tally& tally_;
  UnpackLimits limits_;
  UnpackBudget budget_;
  unsigned depth_ = 0;
};

}  // namespace overreach
