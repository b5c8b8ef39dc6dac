// What happens to one blob: matched, decoded, identified.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "detectors/identify/identify.h"
#include "rules/catalog/catalog.h"
#include "scanner/match/encoded.h"
#include "scanner/match/matcher.h"
#include "scanner/source/source.h"

namespace overreach {

/// Scans blobs for one thread and keeps what it finds.
class BlobScan {
 public:
  /// Borrows all of them.
  BlobScan(const Matcher& matcher, const Catalog& catalog, Tally& tally);

  void scan(const Blob& blob);

  /// With their places. Call at the end.
  std::vector<Sighting> take_sightings() { return std::move(sightings_); }
  /// In blobs of a history, which wait for their commits: blob id first.
  std::vector<std::pair<std::string, Sighting>> take_unattributed() { return std::move(unattributed_); }

 private:
  struct Memory;
  Memory& memory_of(const Blob& blob);
  void trace(const Blob& blob, Memory& memory);
  void identify(const Blob& blob, const Memory& memory, bool binary);
  void keep_distinctive(std::vector<Candidate>& candidates) const;

  const Matcher& matcher_;
  const EncodedScanner encoded_;
  const Catalog& catalog_;
  Tally& tally_;
  EncodedScanner::Scratch scratch_;
  std::unique_ptr<overreach::Memory> own_;  // of blobs that nothing derives from
  std::vector<Matcher::Copied> copied_;     // reused
  std::vector<Candidate> candidates_;
  std::vector<Sighting> sightings_;
  std::vector<std::pair<std::string, Sighting>> unattributed_;
};

}  // namespace overreach
