#include "scanner/cli/detect.h"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "detectors/identify/identify.h"
#include "scanner/match/matcher.h"
#include "scanner/source/file.h"

namespace overreach {
namespace {

/// What one thread keeps. Sightings of history blobs wait for their commits.
struct Worker {
  explicit Worker(const Matcher& matcher) : scratch(matcher.scratch()) {}
  Matcher::Scratch scratch;
  Matcher::Trace trace;                 // of blobs that nothing derives from
  std::vector<Matcher::Copied> copied;  // reused
  std::vector<Candidate> candidates;
  std::vector<Sighting> sightings;
  std::vector<std::pair<std::string, Sighting>> unattributed;  // blob id first
};

/// What a scan leaves with a blob for those that derive from it.
class ScanMemory : public Memory {
 public:
  Matcher::Trace trace;
};

/// The trace of a blob: of what changed only, where the source says what was copied from a base we remember.
const Matcher::Trace& trace_of(const Blob& blob, const Matcher& matcher, Worker& worker) {
  Matcher::Trace* trace = &worker.trace;
  if (blob.memory != nullptr) {
    auto memory = std::make_unique<ScanMemory>();
    trace = &memory->trace;
    *blob.memory = std::move(memory);
  }
  if (blob.derivation == nullptr || blob.derivation->base_memory == nullptr) {
    matcher.scan(blob.bytes, worker.scratch, *trace);
    return *trace;
  }
  worker.copied.clear();
  for (const Segment& segment : blob.derivation->segments)
    if (segment.copied) worker.copied.push_back({{segment.at, segment.at + segment.size}, segment.from});
  const auto& base = static_cast<const ScanMemory&>(*blob.derivation->base_memory);
  matcher.scan_derived(blob.bytes, worker.copied, base.trace, blob.derivation->base_size, worker.scratch, *trace);
  return *trace;
}

/// A picture is not read for things that look like a token only because a word stands near.
void keep_distinctive(std::vector<Candidate>& candidates, const Catalog& catalog) {
  std::erase_if(candidates, [&](const Candidate& candidate) {
    return catalog.patterns()[candidate.rule].anchor == Pattern::Anchor::context;
  });
}

void scan_blob(const Blob& seen, const Matcher& matcher, const Catalog& catalog, Worker& worker, Tally& tally) {
  const std::optional<std::string> decoded = utf16_to_utf8(seen.bytes);
  const Blob blob = decoded ? Blob{*decoded, seen.id, seen.origins} : seen;
  worker.candidates = trace_of(blob, matcher, worker).candidates;
  if (is_binary(blob.bytes)) {
    if (!blob.origins[0].path.empty())
      tally.skip(blob.origins[0].path, "binary: searched for distinctive tokens only", false);
    keep_distinctive(worker.candidates, catalog);
  }
  if (worker.candidates.empty()) return;
  for (Sighting& sighting : identify(blob, worker.candidates, catalog)) {
    if (blob.origins[0].source == Origin::Source::history)
      worker.unattributed.emplace_back(std::string(blob.id), std::move(sighting));
    else
      worker.sightings.push_back(std::move(sighting));
  }
}

/// Gives each sighting in a history blob one site per path that held the blob.
void place_in_history(std::vector<std::pair<std::string, Sighting>> found,
                      const std::map<std::string, std::vector<Origin>>& origins, std::vector<Sighting>& out) {
  for (auto& [blob, sighting] : found) {
    std::vector<Site> sites;
    for (const Site& site : sighting.sites)
      for (const Origin& origin : origins.at(blob)) {
        sites.push_back(site);
        sites.back().origin = origin;
      }
    for (NearbyId& id : sighting.ids) id.path = origins.at(blob)[0].path;
    sighting.sites = std::move(sites);
    out.push_back(std::move(sighting));
  }
}

/// Only paths with a finding are asked about: asking git for every file would cost more than the scan.
void mark_ignored(std::vector<Sighting>& sightings, const Workspace& workspace) {
  std::map<std::string, bool> known;
  for (Sighting& sighting : sightings)
    for (Site& site : sighting.sites) {
      if (site.origin.source != Origin::Source::tree || workspace.repository() == nullptr) continue;
      const auto [it, fresh] = known.emplace(site.origin.path, false);
      if (fresh) it->second = is_ignored(workspace.repository(), site.origin.path);
      site.origin.ignored = it->second;
    }
}

}  // namespace

std::vector<Token> detect(const Workspace& workspace, const Catalog& catalog, unsigned workers, Tally& tally,
                          Stages& stages) {
  const Matcher matcher(catalog.patterns(), catalog.database());
  std::vector<Worker> work;
  for (unsigned i = 0; i < workers; ++i) work.emplace_back(matcher);
  stages.time("scan", [&] {
    workspace.read([&](const Blob& blob, unsigned i) { scan_blob(blob, matcher, catalog, work[i], tally); }, workers,
                   tally);
  });

  std::vector<Sighting> sightings;
  std::vector<std::pair<std::string, Sighting>> unattributed;
  std::set<std::string> blobs;
  for (Worker& worker : work) {
    std::move(worker.sightings.begin(), worker.sightings.end(), std::back_inserter(sightings));
    for (auto& [blob, sighting] : worker.unattributed) {
      blobs.insert(blob);
      unattributed.emplace_back(blob, std::move(sighting));
    }
  }
  if (workspace.history() != nullptr)
    stages.time("attribution", [&] {
      place_in_history(std::move(unattributed), workspace.history()->origins_of(blobs, workers, tally), sightings);
    });
  if (!workspace.bare()) mark_ignored(sightings, workspace);
  return stages.time("identify", [&] { return merge(std::move(sightings), catalog); });
}

}  // namespace overreach
