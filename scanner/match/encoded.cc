// A derived block (a git delta) is read like this: regions do not reach beyond the unit (decode/text_units.h) they
// begin in, and what they are follows from its bytes and a neighbourhood of known size. So the units that have a new
// byte or a seam in reach are read again, and all others are units of the base: their regions are the base's, moved.
#include "scanner/match/encoded.h"

#include <algorithm>

#include "scanner/match/decode/find.h"
#include "scanner/match/decode/text_units.h"

namespace overreach {
namespace {

void sort_unique(std::vector<Region>& regions) {
  std::sort(regions.begin(), regions.end());
  regions.erase(std::unique(regions.begin(), regions.end()), regions.end());
}

Span moved(Span span, const Matcher::Copied& part) {
  return {span.begin - part.from + part.span.begin, span.end - part.from + part.span.begin};
}

bool follows(const Matcher::Copied& part, const Matcher::Copied& next) {
  return next.span.begin == part.span.end && next.from == part.from + part.span.size();
}

/// The units that could differ from those of the base.
std::vector<Span> changed_units(std::string_view bytes, std::span<const Matcher::Copied> copied,
                                std::uint64_t base_size) {
  std::vector<Span> out;
  Span dirty;  // new bytes, or a seam, and others so near that the units round them meet
  bool open = false;
  const auto close = [&] {
    const Span found = units_round(bytes, dirty);
    if (!out.empty() && found.begin <= out.back().end)
      out.back().end = std::max(out.back().end, found.end);
    else
      out.push_back(found);
  };
  const auto add = [&](std::uint64_t begin, std::uint64_t end) {
    if (open && begin <= dirty.end + kUnitReach) {
      dirty.end = end;
      return;
    }
    if (open) close();
    dirty = {begin, end};
    open = true;
  };
  Matcher::Copied last{{0, 0}, 0};
  for (const Matcher::Copied& part : copied) {
    if (!follows(last, part)) add(last.span.end, part.span.begin);
    last = part;
  }
  if (!follows(last, {{bytes.size(), bytes.size()}, base_size})) add(last.span.end, bytes.size());
  if (open) close();
  return out;
}

bool inside_any(const std::vector<Span>& units, std::uint64_t at) {
  auto it = std::upper_bound(units.begin(), units.end(), at,
                             [](std::uint64_t offset, const Span& unit) { return offset < unit.begin; });
  return it != units.begin() && at < std::prev(it)->end;
}

/// Appends the regions of the base that lie in a copied part, outside of the units that are read again.
void move_regions(const Matcher::Copied& part, std::span<const Region> base, const std::vector<Span>& changed,
                  std::vector<Region>& out) {
  const Span was{part.from, part.from + part.span.size()};
  auto it = std::lower_bound(base.begin(), base.end(), was.begin,
                             [](const Region& region, std::uint64_t at) { return region.span.begin < at; });
  for (; it != base.end() && it->span.begin < was.end; ++it) {
    Region here = *it;
    here.span = moved(it->span, part);
    if (!was.contains(it->context) || inside_any(changed, here.span.begin)) continue;
    here.context = moved(it->context, part);
    here.owned = moved(it->owned, part);
    out.push_back(here);
  }
}

}  // namespace

Span EncodedText::in_block(Span span) const {
  for (const EncodedText* text = this; text != nullptr; text = text->parent) span = text->in_parent(span);
  return span;
}

std::vector<std::string> EncodedText::via() const {
  std::vector<std::string> out = parent == nullptr ? std::vector<std::string>{} : parent->via();
  out.emplace_back(to_string(region->how));
  if (region->packed) out.emplace_back("gzip");
  return out;
}

/// One region of the block, and what is inside.
struct EncodedScanner::Descent {
  const Matcher& matcher;
  Scratch& scratch;
  const Visit* visit = nullptr;  // null: only look whether something is there
  std::uint64_t left = 0;        // bytes that may still be decoded
  bool limited = false;
  bool found = false;

  void descend(std::string_view text, const Region& region, const EncodedText* parent) {
    const unsigned layer = parent == nullptr ? 0 : parent->layer;
    View& view = scratch.views[layer];
    view_region(text, region, view);
    limited = limited || view.limited || view.text.size() > left;
    if (view.text.size() > left) return;
    left -= view.text.size();
    scratch.decoded += view.text.size();
    const EncodedText here{parent, layer + 1, &region, &view, match(region, view, layer)};
    found = found || !here.candidates.empty();
    if (visit != nullptr) (*visit)(here);
    if (layer + 1 == kMostLayers) return;
    find_regions(view.text, {0, view.text.size()}, [&](const Region& inner) {
      if (view.decoded(inner.span)) descend(view.text, inner, &here);
    });
  }

  /// Candidates of the view that would not be there without decoding.
  std::span<const Candidate> match(const Region& region, const View& view, unsigned layer) {
    std::vector<Candidate>& out = scratch.candidates[layer];
    out.clear();
    matcher.scan(view.text, scratch.matcher, out);
    std::erase_if(out, [&](const Candidate& candidate) {
      const std::uint64_t begin = view.source_of(candidate.span).begin;
      return !view.decoded(candidate.span) || begin < region.owned.begin || begin >= region.owned.end;
    });
    return out;
  }
};

/// Appends the regions worth keeping to `out`.
VisitRegion EncodedScanner::keeper(std::string_view bytes, Scratch& scratch, std::vector<Region>& out) const {
  return [this, bytes, &scratch, &out](const Region& region) {
    Descent descent{matcher_, scratch, nullptr, kAlwaysAllowed + region.context.size() * kMostGrowing};
    descent.descend(bytes, region, nullptr);
    if (!descent.found && !descent.limited) return;
    out.push_back(region);
    out.back().limited = descent.limited;
  };
}

void EncodedScanner::scan(std::string_view bytes, Scratch& scratch, std::vector<Region>& out) const {
  out.clear();
  find_regions(bytes, {0, bytes.size()}, keeper(bytes, scratch, out));
  sort_unique(out);
}

void EncodedScanner::scan(std::string_view bytes, Scratch& scratch, std::vector<Region>& out,
                          std::vector<Span>& gates) const {
  out.clear();
  find_regions(bytes, keeper(bytes, scratch, out), gates);
  sort_unique(out);
}

void EncodedScanner::scan_derived(std::string_view bytes, std::span<const Matcher::Copied> copied,
                                  std::span<const Region> base, std::uint64_t base_size, Scratch& scratch,
                                  std::vector<Region>& out) const {
  out.clear();
  const std::vector<Span> changed = changed_units(bytes, copied, base_size);
  const VisitRegion visit = keeper(bytes, scratch, out);  // made once: a block has many small parts
  for (const Span& part : changed) find_regions(bytes, part, visit);
  for (std::size_t i = 0; i < copied.size() && !base.empty(); ++i) {
    // Parts that follow each other in the base as well are one.
    Matcher::Copied part = copied[i];
    while (i + 1 < copied.size() && follows(part, copied[i + 1])) part.span.end = copied[++i].span.end;
    move_regions(part, base, changed, out);
  }
  sort_unique(out);
}

void EncodedScanner::read(std::string_view bytes, std::span<const Region> regions, Scratch& scratch,
                          const Visit& visit) const {
  for (const Region& region : regions) {
    Descent descent{matcher_, scratch, &visit, kAlwaysAllowed + region.context.size() * kMostGrowing};
    descent.descend(bytes, region, nullptr);
  }
}

}  // namespace overreach
