// From the candidates of one blob to sightings:
//
//   read (groups) -> locate (lines) -> filter -> settle (overlaps, companions) -> show (sites)
#include "detectors/identify/identify.h"

#include <algorithm>
#include <tuple>

#include "detectors/identify/excerpt.h"
#include "detectors/identify/filters.h"
#include "detectors/identify/lines.h"
#include "detectors/identify/naming.h"
#include "detectors/identify/nearby.h"
#include "detectors/identify/pairing.h"
#include "detectors/identify/reading.h"

namespace overreach {
namespace {

std::vector<Reading> read_all(std::string_view bytes, std::span<const Candidate> candidates, const Catalog& catalog) {
  std::vector<Reading> out;
  for (const Candidate& candidate : candidates)
    if (std::optional<Reading> reading = read(bytes, candidate, catalog)) out.push_back(std::move(*reading));
  std::sort(out.begin(), out.end(), [](const Reading& a, const Reading& b) {
    return std::tie(a.secret, a.index, a.match) < std::tie(b.secret, b.index, b.match);
  });
  return out;
}

/// What passes the filters, and what must not be shown: a value that fails its checksum may
/// still be a credential, so it is masked all the same.
struct Filtered {
  std::vector<Reading> kept;
  std::vector<Span> hidden;
};

Filtered filter(std::string_view bytes, std::vector<Reading> readings) {
  Filtered out;
  for (Reading& reading : readings) {
    const Rejection why = rejection(bytes, reading);
    if (why != Rejection::identifier && why != Rejection::placeholder) {
      out.hidden.push_back(reading.secret);
      out.hidden.insert(out.hidden.end(), reading.secret_parts.begin(), reading.secret_parts.end());
    }
    if (why == Rejection::none) out.kept.push_back(std::move(reading));
  }
  return out;
}

Site site_of(std::string_view bytes, const Reading& reading, const Hidden& hidden) {
  const Span secret = reading.secret;
  const std::string_view value = secret.of(bytes);
  const std::string_view shown = right_of(bytes, secret.begin, secret.size());
  const auto breaks = static_cast<std::uint32_t>(std::count(value.begin(), value.end(), '\n'));
  Excerpt line = excerpt(bytes, reading, hidden, literal_length(*reading.rule, value));
  Site site;
  site.line = reading.at.line;
  site.column = static_cast<std::uint32_t>(secret.begin - reading.at.line_begin) + 1;
  site.end_column = site.column + static_cast<std::uint32_t>(shown.size());
  site.end_line = site.line + breaks;
  site.utf16_column = reading.at.utf16 + 1;
  site.utf16_end_column = site.utf16_column + static_cast<std::uint32_t>(utf16_length(shown));
  site.name = assigned_name(bytes, reading);
  site.excerpt = std::move(line.text);
  site.excerpt_column = line.column;
  site.excerpt_end_column = line.end_column;
  return site;
}

/// One copy of `site` for each origin. A blob without origins (they are looked up later) has one.
std::vector<Site> at_origins(Site site, std::span<const Origin> origins) {
  std::vector<Site> out(std::max<std::size_t>(origins.size(), 1), site);
  for (std::size_t i = 0; i < origins.size(); ++i) out[i].origin = origins[i];
  return out;
}

Sighting sighting_of(const Blob& blob, Reading reading, const Hidden& hidden) {
  Sighting out;
  out.rule = reading.index;
  out.secret = Secret(std::string(reading.secret.of(blob.bytes)));
  out.sites = at_origins(site_of(blob.bytes, reading, hidden), blob.origins);
  out.ids = nearby_ids(blob.bytes, reading, hidden);
  for (NearbyId& id : out.ids)
    if (!blob.origins.empty()) id.path = blob.origins.front().path;
  out.companions = std::move(reading.parts);
  std::sort(out.companions.begin(), out.companions.end(), [](const Companion& a, const Companion& b) {
    return std::tie(a.role, a.value) < std::tie(b.role, b.value);
  });
  return out;
}

}  // namespace

std::vector<Sighting> identify(const Blob& blob, std::span<const Candidate> candidates, const Catalog& catalog) {
  std::vector<Reading> readings = read_all(blob.bytes, candidates, catalog);
  locate(blob.bytes, readings);
  Filtered filtered = filter(blob.bytes, std::move(readings));
  const Hidden hidden(blob.bytes, std::move(filtered.hidden));
  std::vector<Sighting> out;
  for (Reading& reading : settle(blob.bytes, std::move(filtered.kept)))
    out.push_back(sighting_of(blob, std::move(reading), hidden));
  return out;
}

}  // namespace overreach
