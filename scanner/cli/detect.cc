#include "scanner/cli/detect.h"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "detectors/identify/identify.h"
#include "scanner/cli/blob_scan.h"
#include "scanner/cli/build_id.h"
#include "scanner/cli/ignoring.h"
#include "scanner/match/matcher.h"
#include "scanner/source/git/object.h"

namespace overreach {
namespace {

/// Gives each sighting in a history blob one site per path that held the blob.
void place_in_history(std::vector<std::pair<std::string, Sighting>> found,
                      const std::map<std::string, std::vector<Origin>>& origins, std::vector<Sighting>& out) {
  for (auto& [blob, sighting] : found) {
    std::vector<Site> sites;
    for (const Site& site : sighting.sites)
      for (const Origin& origin : origins.at(blob)) {
        sites.push_back(site);
        sites.back().origin = origin;
        sites.back().origin.inner = site.origin.inner;
      }
    for (NearbyId& id : sighting.ids) id.path = shown_path(sites.at(0).origin);
    sighting.sites = std::move(sites);
    out.push_back(std::move(sighting));
  }
}

/// Only paths with a finding are asked about: asking git for every file would cost more than the scan.
void mark_ignored(std::vector<Sighting>& sightings, const Workspace& workspace) {
  std::map<std::string, bool> known;
  for (Sighting& sighting : sightings)
    for (Site& site : sighting.sites) {
      if (site.origin.source != Origin::Source::tree) continue;
      const auto [it, fresh] = known.emplace(site.origin.path, false);
      if (fresh) it->second = workspace.is_ignored(site.origin.path);
      site.origin.ignored = it->second;
    }
}

/// From here on a path is what reports show. Whether git ignores a file was asked about the file itself.
void show_inner_paths(std::vector<Sighting>& sightings) {
  for (Sighting& sighting : sightings)
    for (Site& site : sighting.sites) {
      site.origin.path = shown_path(site.origin);
      site.origin.inner.clear();
    }
}

/// Blobs that must be read again next time: those with something in them, and those about which something was said.
std::set<std::string> remarkable(std::set<std::string> blobs, const Tally& tally) {
  for (const Skipped& skipped : tally.skipped()) {
    const std::string name = skipped.path.substr(0, skipped.path.find('!'));  // of a file in an archive: the archive
    const bool id = (name.size() == 40 || name.size() == 64) && !unhex(name).empty();
    if (id) blobs.insert(name);
  }
  return blobs;
}

/// Paths go into the cache, so a path that holds a credential must not.
void remember(HistorySource& history, const std::set<std::string>& blobs, const HistorySource::Origins& origins,
              const Tally& tally, const Matcher& matcher) {
  std::string paths;
  for (const auto& [blob, places] : origins)
    for (const Origin& origin : places) paths += origin.path + "\n";
  Matcher::Scratch scratch = matcher.scratch();
  std::vector<Candidate> candidates;
  matcher.scan(paths, scratch, candidates);
  history.remember(remarkable(blobs, tally), candidates.empty());
}

}  // namespace

std::vector<Token> detect(const Workspace& workspace, const Catalog& catalog, unsigned workers, Tally& tally,
                          Stages& stages) {
  const Matcher matcher(catalog.patterns(), catalog.database());
  std::vector<std::unique_ptr<BlobScan>> work;
  for (unsigned i = 0; i < workers; ++i) work.push_back(std::make_unique<BlobScan>(matcher, catalog, tally));
  const std::string depth = catalog.depth() == Depth::thorough ? "thorough" : "";
  workspace.use_cache(std::string(catalog.version()) + depth + build_id());
  stages.time("scan",
              [&] { workspace.read([&](const Blob& blob, unsigned i) { work[i]->scan(blob); }, workers, tally); });

  std::vector<Sighting> sightings;
  std::vector<std::pair<std::string, Sighting>> unattributed;
  std::set<std::string> blobs;
  for (const auto& worker : work) {
    worker->report();
    for (Sighting& sighting : worker->take_sightings()) sightings.push_back(std::move(sighting));
    for (auto& [blob, sighting] : worker->take_unattributed()) {
      blobs.insert(blob);
      unattributed.emplace_back(blob, std::move(sighting));
    }
  }
  if (workspace.history() != nullptr)
    stages.time("attribution", [&] {
      const HistorySource::Origins origins = workspace.history()->origins_of(blobs, workers, tally);
      remember(*workspace.history(), blobs, origins, tally, matcher);
      place_in_history(std::move(unattributed), origins, sightings);
    });
  drop_skipped(sightings, workspace.ignore());
  if (!workspace.bare()) mark_ignored(sightings, workspace);
  show_inner_paths(sightings);
  return stages.time("identify", [&] { return merge(std::move(sightings), catalog); });
}

}  // namespace overreach
