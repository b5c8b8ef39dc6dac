#include "scanner/cli/blob_scan.h"

#include <memory>
#include <optional>

#include "scanner/base/hash.h"
#include "scanner/match/decode/utf.h"
#include "scanner/source/file.h"

namespace overreach {
namespace {

/// Shorter copies count as new: what is read round the changes on both sides covers them, and there are many.
constexpr std::uint64_t kWorthMoving = 128;

/// What the first `size` bytes of wide text are as UTF-8, in bytes.
std::uint64_t length_as_utf8(std::string_view bytes, std::uint64_t size) {
  const std::optional<std::string> text = wide_to_utf8(bytes.substr(0, size));
  return text ? text->size() : 0;
}

}  // namespace

/// What a scan leaves with a blob for those that derive from it.
struct BlobScan::Memory : overreach::Memory {
  Matcher::Trace trace;
  std::vector<Region> regions;  // with encoded candidates
};

BlobScan::BlobScan(const Matcher& matcher, const Catalog& catalog, Tally& tally)
    : matcher_(matcher), encoded_(matcher), catalog_(catalog), tally_(tally), unpacker_(tally), scratch_(matcher) {}

BlobScan::Memory& BlobScan::memory_of(const Blob& blob) {
  std::unique_ptr<overreach::Memory>& place = blob.memory == nullptr ? own_ : *blob.memory;
  if (place == nullptr || blob.memory != nullptr) place = std::make_unique<Memory>();
  return static_cast<Memory&>(*place);
}

/// Of what changed only, where the source says what was copied from a base we remember.
void BlobScan::trace(const Blob& blob, Memory& memory) {
  if (blob.derivation == nullptr || blob.derivation->base_memory == nullptr) {
    gates_.clear();
    encoded_.scan(blob.bytes, scratch_, memory.regions, gates_);
    return matcher_.scan(blob.bytes, gates_, scratch_.matcher, memory.trace);
  }
  copied_.clear();
  for (const Segment& segment : blob.derivation->segments)
    if (segment.copied && segment.size >= kWorthMoving)
      copied_.push_back({{segment.at, segment.at + segment.size}, segment.from});
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

void BlobScan::identify(const Blob& blob, const Memory& memory, bool binary, const Known& inside) {
  hits_ += memory.trace.hits.size();
  candidates_ = memory.trace.candidates;
  matcher_.add_companions(blob.bytes, scratch_.matcher, candidates_);
  found_ += candidates_.size();
  if (binary) keep_distinctive(candidates_);
  if (candidates_.empty() && memory.regions.empty()) return;
  BlobReader reader(blob, candidates_, catalog_);
  std::vector<Candidate> encoded;
  encoded_.read(blob.bytes, memory.regions, scratch_, [&](const EncodedText& text) {
    encoded.assign(text.candidates.begin(), text.candidates.end());
    found_ += encoded.size();
    if (binary) keep_distinctive(encoded);
    EncodedText kept = text;
    kept.candidates = encoded;
    reader.add(kept);
  });
  for (Sighting& sighting : reader.sightings()) {
    if (inside.contains({sighting.rule, sighting.secret})) continue;
    ++confirmed_;
    if (blob.origins[0].source == Origin::Source::history)
      unattributed_.emplace_back(hex(blob.id), std::move(sighting));
    else
      sightings_.push_back(std::move(sighting));
  }
}

/// Scans every file inside, and gathers what was found there.
Unpacker::Outcome BlobScan::unpack(const Blob& blob, Known& inside) {
  const std::size_t placed = sightings_.size();
  const std::size_t waiting = unattributed_.size();
  const Unpacker::Outcome outcome = unpacker_.unpack(blob, [&](const Blob& file) { scan(file); });
  for (std::size_t i = placed; i < sightings_.size(); ++i) inside.emplace(sightings_[i].rule, sightings_[i].secret);
  for (std::size_t i = waiting; i < unattributed_.size(); ++i)
    inside.emplace(unattributed_[i].second.rule, unattributed_[i].second.secret);
  return outcome;
}

/// The bytes as they are. A container may hold more than its files: deleted rows, comments, what stands behind its end.
void BlobScan::scan_bytes(const Blob& blob, Unpacker::Outcome unpacked, const Known& inside) {
  Memory& memory = memory_of(blob);
  trace(blob, memory);
  const bool binary = blob.part == nullptr ? is_binary(blob.bytes) : blob.part->binary;
  const bool first = blob.part == nullptr || blob.part->offset == 0;
  if (binary && first && unpacked == Unpacker::Outcome::none && !blob.origins[0].path.empty())
    tally_.skip(shown_path(blob.origins[0]), "binary: searched for distinctive tokens only", false);
  for (const Region& region : memory.regions)
    if (region.limited) {
      const std::string place = blob.origins[0].path.empty() ? hex(blob.id) : shown_path(blob.origins[0]);
      tally_.skip(place, "encoded text that grows beyond the limit was not read to its end", true);
    }
  identify(blob, memory, binary, inside);
}

void BlobScan::report() const {
  tally_.scanned += scratch_.matcher.searched();
  tally_.hits += hits_;
  tally_.candidates += found_;
  tally_.confirmed += confirmed_;
}

void BlobScan::scan(const Blob& seen) {
  Known inside;
  const bool windows = seen.part != nullptr && seen.origins[0].inner.empty();
  Unpacker::Outcome outcome = Unpacker::Outcome::none;
  if (!windows) {
    outcome = unpack(seen, inside);
  } else if (seen.part->offset == 0) {
    content_.clear();
    opened_ = unpack(seen, content_);
  }
  const Known& known = windows ? content_ : inside;
  if (windows) outcome = opened_;
  const std::optional<std::string> text = wide_to_utf8(seen.bytes);
  if (!text) return scan_bytes(seen, outcome, known);
  Blob blob{*text, seen.id, seen.origins};
  Part part;
  if (seen.part != nullptr) {
    part = *seen.part;
    part.own = {length_as_utf8(seen.bytes, part.own.begin), length_as_utf8(seen.bytes, part.own.end)};
    part.column = part.utf16 = part.column / 2;  // of a window's first line, where the text is UTF-16
    part.binary = false;
    blob.part = &part;
  }
  scan_bytes(blob, outcome, known);
}

}  // namespace overreach
