// What a source pushes, kept.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "scanner/source/source.h"

namespace overreach::testing {

/// path -> the bytes that were pushed for it, windows put together again by what each calls its own.
inline std::map<std::string, std::string> pushed(Source& source, Tally& tally, unsigned workers = 2) {
  std::map<std::string, std::string> out;
  std::mutex mutex;
  source.read(
      [&](const Blob& blob, unsigned) {
        const std::scoped_lock lock(mutex);
        const Span own = blob.part == nullptr ? Span{0, blob.bytes.size()} : blob.part->own;
        for (const Origin& origin : blob.origins) out[origin.path] += own.of(blob.bytes);
      },
      workers, tally);
  return out;
}

}  // namespace overreach::testing
