#include "scanner/cli/blob_scan.h"

#include <memory>
#include <optional>

#include "scanner/match/decode/utf.h"
#include "scanner/source/file.h"

namespace overreach {

/// What a scan leaves with a blob for those that derive from it.
struct BlobScan::Memory : overreach::Memory {
  Matcher::Trace trace;
  std::vector<Region> regions;  // with encoded candidates
};

BlobScan::BlobScan(const Matcher& matcher, const Catalog& catalog, Tally& tally)
    : matcher_(matcher), encoded_(matcher), catalog_(catalog), tally_(tally), scratch_(matcher) {}

BlobScan::Memory& BlobScan::memory_of(const Blob& blob) {
  std::unique_ptr<overreach::Memory>& place = blob.memory == nullptr ? own_ : *blob.memory;
  if (place == nullptr || blob.memory != nullptr) place = std::make_unique<Memory>();
  return static_cast<Memory&>(*place);
}

/// Of what changed only, where the source says what was copied from a base we remember.
void BlobScan::trace(const Blob& blob, Memory& memory) {
  if (blob.derivation == nullptr || blob.derivation->base_memory == nullptr) {
    matcher_.scan(blob.bytes, scratch_.matcher, memory.trace);
    return encoded_.scan(blob.bytes, scratch_, memory.regions);
  }
  copied_.clear();
  for (const Segment& segment : blob.derivation->segments)
    if (segment.copied) copied_.push_back({{segment.at, segment.at + segment.size}, segment.from});
  const auto& base = static_cast<const Memory&>(*blob.derivation->base_memory);
  const std::uint64_t size = blob.derivation->base_size;
  matcher_.scan_derived(blob.bytes, copied_, base.trace, size, scratch_.matcher, memory.trace);
  encoded_.scan_derived(blob.bytes, copied_, base.regions, size, scratch_, memory.regions);
}

/// A picture is not read for things that look like a token only because a word stands near.
void BlobScan::keep_distinctive(std::vector<Candidate>& candidates) const {
  std::erase_if(candidates, [&](const Candidate& candidate) {
    return catalog_.patterns()[candidate.rule].anchor == Pattern::Anchor::context;
  });
}

void BlobScan::identify(const Blob& blob, const Memory& memory, bool binary) {
  candidates_ = memory.trace.candidates;
  if (binary) keep_distinctive(candidates_);
  if (candidates_.empty() && memory.regions.empty()) return;
  BlobReader reader(blob, candidates_, catalog_);
  std::vector<Candidate> inside;
  encoded_.read(blob.bytes, memory.regions, scratch_, [&](const EncodedText& text) {
    inside.assign(text.candidates.begin(), text.candidates.end());
    if (binary) keep_distinctive(inside);
    EncodedText kept = text;
    kept.candidates = inside;
    reader.add(kept);
  });
  for (Sighting& sighting : reader.sightings()) {
    if (blob.origins[0].source == Origin::Source::history)
      unattributed_.emplace_back(std::string(blob.id), std::move(sighting));
    else
      sightings_.push_back(std::move(sighting));
  }
}

void BlobScan::scan(const Blob& seen) {
  const std::optional<std::string> text = wide_to_utf8(seen.bytes);
  const Blob blob = text ? Blob{*text, seen.id, seen.origins} : seen;
  Memory& memory = memory_of(blob);
  trace(blob, memory);
  const bool binary = is_binary(blob.bytes);
  const std::string_view name = blob.origins[0].path.empty() ? blob.id : std::string_view(blob.origins[0].path);
  if (binary && !blob.origins[0].path.empty())
    tally_.skip(std::string(name), "binary: searched for distinctive tokens only", false);
  for (const Region& region : memory.regions)
    if (region.limited)
      tally_.skip(std::string(name), "encoded text that grows beyond the limit was not read to its end", true);
  identify(blob, memory, binary);
}

}  // namespace overreach
