// From the candidates of one blob to sightings:
//
//   read (groups) -> locate (lines) -> filter -> settle (overlaps, companions) -> show (sites)
//
// Encoded text goes the same way up to `settle`, each text by itself. Then its readings are carried back to where
// their encoded form stands in the blob, and all of them are shown together, because every line must hide the values of
// all.
#include "detectors/identify/identify.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "detectors/identify/excerpt.h"
#include "detectors/identify/filters.h"
#include "detectors/identify/lines.h"
#include "detectors/identify/naming.h"
#include "detectors/identify/nearby.h"
#include "detectors/identify/pairing.h"
#include "detectors/identify/reading.h"
#include "detectors/identify/structure.h"

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

/// What can be said of a text without looking at others: readings that are credentials, and what to hide.
Filtered judge(std::string_view text, std::span<const Candidate> candidates, const Catalog& catalog) {
  std::vector<Reading> readings = read_all(text, candidates, catalog);
  locate(text, readings);
  Filtered out = filter(text, std::move(readings));
  out.kept = read_structures(text, settle(text, std::move(out.kept)));
  return out;
}

/// A reading on its way to a sighting.
struct Found {
  Reading reading;  // spans and lines are those of the blob
  Sighting sighting;
  Span shown;        // what the excerpt masks as the secret
  std::string name;  // from the decoded text
  std::vector<std::string> via;
  bool dropped = false;
};

std::vector<Companion> sorted(std::vector<Companion> parts) {
  std::sort(parts.begin(), parts.end(), [](const Companion& a, const Companion& b) {
    return std::tie(a.role, a.value) < std::tie(b.role, b.value);
  });
  return parts;
}

bool same(const Found& a, const Found& b) {
  return a.reading.index == b.reading.index && a.reading.secret == b.reading.secret && a.via == b.via &&
         a.sighting.secret == b.sighting.secret;
}

Site site_of(std::string_view bytes, const Found& found, const Hidden& hidden) {
  const Reading& reading = found.reading;
  const Span secret = reading.secret;
  const std::string_view value = secret.of(bytes);
  const std::string_view shown = right_of(bytes, secret.begin, secret.size());
  const auto breaks = static_cast<std::uint32_t>(std::count(value.begin(), value.end(), '\n'));
  Reading masked = reading;
  masked.secret = found.shown;
  Excerpt line = excerpt(bytes, masked, hidden, found.via.empty() ? literal_length(*reading.rule, value) : 0);
  Site site;
  site.line = reading.at.line;
  site.column = static_cast<std::uint32_t>(secret.begin - reading.at.line_begin) + 1;
  site.end_column = site.column + static_cast<std::uint32_t>(shown.size());
  site.end_line = site.line + breaks;
  site.utf16_column = reading.at.utf16 + 1;
  site.utf16_end_column = site.utf16_column + static_cast<std::uint32_t>(utf16_length(shown));
  site.name = found.name.empty() ? assigned_name(bytes, masked) : found.name;
  site.excerpt = std::move(line.text);
  site.excerpt_column = line.column;
  site.excerpt_end_column = line.end_column;
  site.via = found.via;
  return site;
}

/// One copy of `site` for each origin. A blob without origins (they are looked up later) has one.
std::vector<Site> at_origins(Site site, std::span<const Origin> origins) {
  std::vector<Site> out(std::max<std::size_t>(origins.size(), 1), site);
  for (std::size_t i = 0; i < origins.size(); ++i) out[i].origin = origins[i];
  return out;
}

/// Places of one text that are taken, to be compared with what is found deeper inside.
struct Taken {
  Span span;  // in the text
  std::size_t found = 0;
};

constexpr std::uint64_t kLongestTaken =
    64 << 10;  // a key of 16 KB with each byte as an escape is longer; it is found twice

/// The run of base64 or hex that all of `text` comes from, if it stands on one line and is no longer than one can be
/// shown; the line then hides all of it.
Span whole_run(std::string_view bytes, const EncodedText& text, Span secret) {
  const EncodedText* top = &text;
  while (top->parent != nullptr) top = top->parent;
  const bool dense = top->region->how == Encoding::base64 || top->region->how == Encoding::hex;
  const Span run = top->region->span;
  if (!dense || run.size() > 2000 || run.of(bytes).find('\n') != std::string_view::npos) return secret;
  return run;
}

}  // namespace

struct BlobReader::Impl {
  Impl(const Blob& b, const Catalog& c) : blob(b), catalog(c) {}

  void add_plain(std::span<const Candidate> candidates);
  void add_encoded(const EncodedText& text, Reading reading, const Hidden& here);
  bool yields(const EncodedText& text, const Reading& reading);
  void show(Found& found, const Hidden& all);
  void move_to_content(Sighting& sighting) const;

  /// What begins outside of a window's own bytes is found in the window before or after.
  bool owns(Span span) const {
    return blob.part == nullptr || (span.begin >= blob.part->own.begin && span.begin < blob.part->own.end);
  }

  const Blob& blob;
  const Catalog& catalog;
  std::vector<Found> found;
  std::vector<Span> hidden;  // in the blob
  std::array<std::vector<Taken>, kMostLayers + 1> taken;
};

void BlobReader::Impl::add_plain(std::span<const Candidate> candidates) {
  Filtered filtered = judge(blob.bytes, candidates, catalog);
  hidden = std::move(filtered.hidden);
  for (Reading& reading : filtered.kept) {
    if (!owns(reading.secret)) continue;
    taken[0].push_back({reading.secret, found.size()});
    Found next{std::move(reading), {}, {}, {}, {}};
    next.shown = next.reading.secret;
    next.sighting.secret = Secret(std::string(next.reading.secret.of(blob.bytes)));
    found.push_back(std::move(next));
  }
}

/// True when an outer text shows the same place as a credential. A value with a shape of its own that was decoded
/// says more than one that only looks like a credential because a word stands near: then the outer one yields.
bool BlobReader::Impl::yields(const EncodedText& text, const Reading& reading) {
  Span span = reading.secret;
  for (const EncodedText* level = &text; level != nullptr; level = level->parent) {
    span = level->in_parent(span);
    const std::vector<Taken>& places = taken[level->layer - 1];
    auto it = std::upper_bound(places.begin(), places.end(), span.end,
                               [](std::uint64_t at, const Taken& place) { return at <= place.span.begin; });
    while (it != places.begin() && (--it)->span.begin + kLongestTaken > span.begin) {
      if (!it->span.overlaps(span) || found[it->found].dropped) continue;
      Found& other = found[it->found];
      if (other.reading.anchor != Pattern::Anchor::context || reading.anchor == Pattern::Anchor::context) return true;
      other.dropped = true;
    }
  }
  return false;
}

void BlobReader::Impl::add_encoded(const EncodedText& text, Reading reading, const Hidden& here) {
  Found next{reading, {}, {}, assigned_name(text.text(), reading), text.via()};
  next.sighting.secret = Secret(std::string(reading.secret.of(text.text())));
  next.sighting.ids = nearby_ids(text.text(), reading, here);
  next.reading.secret = next.reading.match = text.in_block(reading.secret);
  next.shown = whole_run(blob.bytes, text, next.reading.secret);
  taken[text.layer].push_back({reading.secret, found.size()});
  found.push_back(std::move(next));
}

/// Lines and columns of a window become those of the content.
void BlobReader::Impl::move_to_content(Sighting& sighting) const {
  const auto lines = static_cast<std::uint32_t>(blob.part->lines);
  const auto column = static_cast<std::uint32_t>(blob.part->column);
  const auto utf16 = static_cast<std::uint32_t>(blob.part->utf16);
  for (Site& site : sighting.sites) {
    const bool first = site.line == 1;  // it began in a window before
    site.column += first ? column : 0;
    site.end_column += first ? column : 0;
    site.utf16_column += first ? utf16 : 0;
    site.utf16_end_column += first ? utf16 : 0;
    site.line += lines;
    site.end_line += lines;
  }
  for (NearbyId& id : sighting.ids) id.line += lines;
}

void BlobReader::Impl::show(Found& one, const Hidden& all) {
  Sighting& out = one.sighting;
  out.rule = one.reading.index;
  out.sites = at_origins(site_of(blob.bytes, one, all), blob.origins);
  if (one.via.empty())
    out.ids = nearby_ids(blob.bytes, one.reading, all);
  else
    for (NearbyId& id : out.ids) id.line = one.reading.at.line;  // beside it, in the same encoded text
  for (NearbyId& id : out.ids)
    if (!blob.origins.empty()) id.path = shown_path(blob.origins.front());
  out.companions = sorted(std::move(one.reading.parts));
  if (blob.part != nullptr) move_to_content(out);
}

BlobReader::BlobReader(const Blob& blob, std::span<const Candidate> candidates, const Catalog& catalog)
    : impl_(std::make_unique<Impl>(blob, catalog)) {
  impl_->add_plain(candidates);
}

BlobReader::~BlobReader() = default;

void BlobReader::add(const EncodedText& text) {
  for (std::size_t layer = text.layer; layer < impl_->taken.size(); ++layer) impl_->taken[layer].clear();
  Filtered filtered = judge(text.text(), text.candidates, impl_->catalog);
  for (const Span& span : filtered.hidden) {
    impl_->hidden.push_back(text.in_block(span));
    impl_->hidden.push_back(whole_run(impl_->blob.bytes, text, impl_->hidden.back()));
  }
  const Hidden here(text.text(), std::move(filtered.hidden));
  for (Reading& reading : filtered.kept)
    if (impl_->owns(text.in_block(reading.secret)) && !impl_->yields(text, reading))
      impl_->add_encoded(text, std::move(reading), here);
}

std::vector<Sighting> BlobReader::sightings() {
  std::vector<Found> found = std::move(impl_->found);
  std::erase_if(found, [](const Found& one) { return one.dropped; });
  std::stable_sort(found.begin(), found.end(), [](const Found& a, const Found& b) {
    return std::tie(a.reading.secret, a.reading.index, a.via) < std::tie(b.reading.secret, b.reading.index, b.via);
  });
  found.erase(std::unique(found.begin(), found.end(), same), found.end());  // seen in two windows that overlap
  std::vector<Reading> readings;
  for (Found& one : found) readings.push_back(std::move(one.reading));
  locate(impl_->blob.bytes, readings);
  const Hidden hidden(impl_->blob.bytes, std::move(impl_->hidden));
  std::vector<Sighting> out;
  for (std::size_t i = 0; i < found.size(); ++i) {
    found[i].reading = std::move(readings[i]);
    impl_->show(found[i], hidden);
    out.push_back(std::move(found[i].sighting));
  }
  return out;
}

std::vector<Sighting> identify(const Blob& blob, std::span<const Candidate> candidates, const Catalog& catalog) {
  return BlobReader(blob, candidates, catalog).sightings();
}

}  // namespace overreach
