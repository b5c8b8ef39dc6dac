// What happens to one blob: unpacked, matched, decoded, identified.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "detectors/identify/identify.h"
#include "rules/catalog/catalog.h"
#include "scanner/match/encoded.h"
#include "scanner/match/matcher.h"
#include "scanner/source/source.h"
#include "scanner/source/unpack/unpack.h"

namespace overreach {

/// Scans blobs for one thread and keeps what it finds.
class BlobScan {
 public:
  /// Borrows all of them.
  BlobScan(const Matcher& matcher, const Catalog& catalog, Tally& tally);

  /// Windows of one content (Blob::part) come one after the other.
  void scan(const Blob& blob);

  /// Adds what this thread searched and found to the tally. Call once, at the end.
  void report() const;
  /// With their places. Call at the end.
  std::vector<Sighting> take_sightings() { return std::move(sightings_); }
  /// In blobs of a history, which wait for their commits: blob id first.
  std::vector<std::pair<std::string, Sighting>> take_unattributed() { return std::move(unattributed_); }

 private:
  struct Memory;
  using Known = std::set<std::pair<std::uint32_t, Secret>>;  // rule and secret

  Unpacker::Outcome unpack(const Blob& blob, Known& inside);
  void scan_bytes(const Blob& blob, Unpacker::Outcome unpacked, const Known& inside);
  Memory& memory_of(const Blob& blob);
  void trace(const Blob& blob, Memory& memory);
  void identify(const Blob& blob, const Memory& memory, bool binary, const Known& inside);
  void keep_distinctive(std::vector<Candidate>& candidates) const;

  const Matcher& matcher_;
  const EncodedScanner encoded_;
  const Catalog& catalog_;
  Tally& tally_;
  Unpacker unpacker_;
  EncodedScanner::Scratch scratch_;
  std::unique_ptr<overreach::Memory> own_;  // of blobs that nothing derives from
  std::vector<Matcher::Copied> copied_;     // reused
  std::vector<Span> gates_;
  std::vector<Candidate> candidates_;
  std::uint64_t hits_ = 0, found_ = 0, confirmed_ = 0;  // literals, candidates, sightings
  Known content_;                                       // inside the content whose windows are being scanned
  Unpacker::Outcome opened_ = Unpacker::Outcome::none;  // whether it is a container
  std::vector<Sighting> sightings_;
  std::vector<std::pair<std::string, Sighting>> unattributed_;
};

}  // namespace overreach
