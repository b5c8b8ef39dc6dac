// Reading the blobs of an index or a range.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "scanner/source/git/object_store.h"
#include "scanner/source/source.h"

namespace overreach {

/// A blob to read and every place it goes to, never empty.
struct WantedBlob {
  std::string id;  // raw
  std::vector<Origin> origins;
};

/// Reads the blobs with `workers` threads and pushes each once. Counts them in `tally`, names those that are missing or
/// damaged, and those that only point to a file that lies elsewhere. Nothing is ever fetched.
void push_blobs(const ObjectStore& store, bool partial_clone, std::span<const WantedBlob> wanted, const Sink& sink,
                unsigned workers, Tally& tally);

/// Names the content as a Git LFS pointer, if it is one.
void note_pointer(std::string_view bytes, const std::string& path, Tally& tally);

}  // namespace overreach
