// Literals wake rules; RE2 decides.
//
//   ... RAILWAY_TOKEN=6f1c... ...      Hyperscan reports where each literal ends.
//       ^literal  [   window   ]       RE2 looks at a window round it, never at the file.
//
// Literals of rules whose credentials are long words are looked for in reach of long words only (decode/gate.h), and
// those of companions only beside a match that has some. The others, a few, are looked for everywhere.
//
// A prefix rule asks RE2 once, anchored at the literal. The other rules have windows; the
// windows of one rule are merged before RE2 runs, so every byte is looked at once per rule
// however many literals stand there: dense input stays linear.
//
// A block that derives from another one (a git delta) needs less. Its literal hits are those of
// the copied parts, moved, and those that touch a new byte or a seam, found by scanning just
// there. (Near a new byte a gate can open or close, so gated literals are looked for a gate's reach farther.) From the
// hits follow the windows. A window that lies in one copied part, and was the same window in the base, has the base's
// candidates, moved; only the others are searched. Nothing is lost, because nothing is assumed: the hits are the hits
// of a full scan, so the windows are its windows, and a search of the same bytes in the same window gives the same
// candidates.
#include "scanner/match/matcher.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <tuple>
#include <utility>

#include "scanner/base/alphabet.h"
#include "scanner/match/decode/gate.h"
#include "scanner/match/literals.h"
#include "scanner/match/regex.h"

namespace overreach {
namespace {

using Hit = Matcher::Trace::Hit;
using Window = Matcher::Trace::Window;
using Copied = Matcher::Copied;

/// Hyperscan takes 32-bit lengths; longer input goes in chunks that overlap by a literal.
constexpr std::size_t kChunk = std::size_t{1} << 30U;
constexpr std::size_t kOverlap = 4096;

/// New parts closer than this are scanned as one: a call costs more than a few bytes.
constexpr std::uint64_t kJoin = 96;

/// In longer texts RE2 sees sooner that a token does not begin here than a search sees that nothing like it follows.
constexpr std::uint64_t kShort = 1024;

struct HitList {
  const LiteralTable& literals;
  LiteralGroup group;
  std::string_view bytes;
  std::vector<Hit>& hits;
  std::uint64_t base = 0;
};

int on_literal(unsigned id, unsigned long long /*from*/, unsigned long long to, unsigned /*flags*/,
               void* context) noexcept {
  // `from` is 0 without start-of-match; the literal's length gives the start.
  const auto& list = *static_cast<HitList*>(context);
  const std::uint64_t end = list.base + to;
  if (id != list.literals.tail_id())
    list.hits.push_back({end, id});
  else
    list.literals.at_tail(list.group, list.bytes.substr(0, end), [&](std::uint32_t at) {
      list.hits.push_back({end, at});
    });
  return 0;
}

/// Databases stand behind each other in compile_literals(), each behind its length.
using Length = std::uint64_t;

using Databases = std::array<Database, kLiteralGroups>;  // by LiteralGroup; null: it has no literals

Databases compile_all(const LiteralTable& literals) {
  Databases out;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = literals.compile(static_cast<LiteralGroup>(i));
  return out;
}

Databases load_databases(const LiteralTable& literals, std::string_view serialised) {
  Databases out;
  for (Database& database : out) {
    Length length = 0;
    if (serialised.size() < sizeof(length)) return compile_all(literals);
    std::memcpy(&length, serialised.data(), sizeof(length));
    serialised.remove_prefix(sizeof(length));
    if (serialised.size() < length) return compile_all(literals);
    hs_database_t* raw = nullptr;
    // Hyperscan wants it aligned, as the first one is.
    const std::string copy(serialised.substr(0, length));
    if (length != 0 && hs_deserialize_database(copy.data(), copy.size(), &raw) != HS_SUCCESS)
      return compile_all(literals);
    database.reset(raw);
    serialised.remove_prefix(length);
  }
  return out;
}

template <class T>
void sort_unique(std::vector<T>& items) {
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
}

/// Sorts by rule and place, and joins the windows of a rule that touch.
void merge_windows(std::vector<Window>& windows) {
  std::sort(windows.begin(), windows.end());
  std::size_t last = 0;
  for (std::size_t i = 1; i < windows.size(); ++i) {
    if (windows[i].rule == windows[last].rule && windows[i].span.begin <= windows[last].span.end)
      windows[last].span.end = std::max(windows[last].span.end, windows[i].span.end);
    else
      windows[++last] = windows[i];
  }
  if (!windows.empty()) windows.resize(last + 1);
}

bool earlier(const Candidate& a, const Candidate& b) { return std::tie(a.span, a.rule) < std::tie(b.span, b.rule); }

/// The copied part in which `span` lies together with the byte on either side of it (RE2 looks
/// that far for \b), or which it fills up to the same end of block and base. Null if there is none.
const Copied* home_of(const Span& span, std::span<const Copied> copied, std::uint64_t size, std::uint64_t base_size) {
  auto it = std::upper_bound(copied.begin(), copied.end(), span.begin,
                             [](std::uint64_t at, const Copied& part) { return at < part.span.begin; });
  if (it == copied.begin()) return nullptr;
  const Copied& part = *--it;
  const bool left = part.span.begin < span.begin || (span.begin == 0 && part.span.begin == 0 && part.from == 0);
  const bool at_end = span.end == size && part.span.end == size && part.from + part.span.size() == base_size;
  return left && (span.end < part.span.end || at_end) ? &part : nullptr;
}

/// Hits do not look at case. A pattern mostly does: every text is full of `ac`, and asking here whether it says `AC` is
/// far cheaper than asking RE2, which may have to compile the pattern first.
bool begins_with_one(std::string_view bytes, std::span<const std::string_view> literals) {
  return std::any_of(literals.begin(), literals.end(),
                     [&](std::string_view literal) { return bytes.starts_with(literal); });
}

/// Whether `bytes` have a run of `length` base64 characters: looks at few of them where there is none.
bool has_run(std::string_view bytes, std::size_t length) {
  for (std::size_t at = length; at <= bytes.size();) {
    std::size_t back = at;
    while (back > at - length && is_base64(bytes[back - 1])) --back;
    if (back == at - length) return true;
    at = back + length;
  }
  return false;
}

/// The line of `span`, and `lines` - 1 lines above and below it.
Span lines_round(std::string_view bytes, Span span, std::uint32_t lines) {
  for (std::uint32_t i = 0; i < lines && span.begin > 0; ++i) {
    const void* found = memrchr(bytes.data(), '\n', span.begin - 1);
    span.begin = found == nullptr ? 0 : static_cast<std::uint64_t>(static_cast<const char*>(found) - bytes.data()) + 1;
  }
  for (std::uint32_t i = 0; i < lines && span.end < bytes.size(); ++i)
    span.end = std::min(bytes.size(), bytes.find('\n', span.end)) + 1;
  span.end = std::min<std::uint64_t>(span.end, bytes.size());
  return span;
}

/// Appends `span` to a sorted list, and joins it with the last one if they are close.
void append(std::vector<Span>& spans, Span span, std::uint64_t close) {
  if (!spans.empty() && span.begin <= spans.back().end + close)
    spans.back().end = std::max(spans.back().end, span.end);
  else
    spans.push_back(span);
}

}  // namespace

struct Matcher::Scratch::Impl {
  HsScratch hyperscan;
  Trace trace, companions;
  std::vector<Span> fresh, zones, gates;
  std::uint64_t searched = 0;  // bytes
};

Matcher::Scratch::Scratch(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Matcher::Scratch::Scratch(Scratch&&) noexcept = default;
Matcher::Scratch& Matcher::Scratch::operator=(Scratch&&) noexcept = default;
Matcher::Scratch::~Scratch() = default;
std::uint64_t Matcher::Scratch::searched() const { return impl_->searched; }

struct Matcher::Impl {
  struct Compiled {
    std::once_flag once;
    std::unique_ptr<re2::RE2> regex;
  };

  /// What was copied from where; null in a full scan.
  struct Base {
    const Trace& trace;
    std::uint64_t size;
    std::span<const Copied> copied;
  };

  Impl(std::span<const Pattern> rules, std::string_view serialised)
      : patterns(rules),
        literals(rules),
        databases(load_databases(literals, serialised)),
        compiled(std::make_unique<Compiled[]>(rules.size())) {
    hs_scratch_t* raw = nullptr;
    for (const Database& database : databases)
      if (database != nullptr && hs_alloc_scratch(database.get(), &raw) != HS_SUCCESS) throw std::bad_alloc();
    prototype.reset(raw);
    for (const Pattern& pattern : patterns)
      if (pattern.companion)
        companion_reach = std::max<std::uint64_t>(
            companion_reach, std::uint64_t{pattern.before} + pattern.after + pattern.max_length + literals.longest());
  }

  /// Compiled when a literal of the rule first occurs.
  const re2::RE2& regex(std::uint32_t rule) {
    Compiled& slot = compiled[rule];
    std::call_once(slot.once, [&] { slot.regex = compile_regex(patterns[rule].regex); });
    return *slot.regex;
  }

  void find_literals(LiteralGroup group, std::string_view bytes, Span part, Scratch::Impl& work,
                     std::vector<Hit>& hits) const;
  void find_gated(std::string_view bytes, std::span<const Span> gates, Scratch::Impl& work,
                  std::vector<Hit>& hits) const;
  bool is_gated(const Hit& hit) const { return literals.group(hit.literal) == LiteralGroup::gated; }
  void find_zones(const Base& base, std::uint64_t size, std::uint64_t reach, std::uint64_t close,
                  std::vector<Span>& out) const;
  void move_hits(const Base& base, const std::vector<Span>& zones, std::vector<Hit>& hits) const;
  void find_fresh(std::string_view bytes, Scratch::Impl& work, std::vector<Hit>& hits) const;
  void find_companions(std::string_view bytes, Scratch::Impl& work, std::vector<Candidate>& candidates);
  void judge_hits(std::string_view bytes, const Base* base, Trace& trace);
  void judge_prefix(std::uint32_t rule, std::string_view bytes, std::uint64_t begin, const Base* base,
                    std::vector<Candidate>& out);
  void judge_window(const Window& window, std::string_view bytes, const Base* base, std::vector<Candidate>& out);
  void search(const Window& window, std::string_view bytes, std::vector<Candidate>& out);

  std::span<const Pattern> patterns;
  LiteralTable literals;
  Databases databases;
  HsScratch prototype;
  std::uint64_t companion_reach = 0;  // bytes between a literal of a companion and the end of what it wakes, at most
  std::unique_ptr<Compiled[]> compiled;
};

void Matcher::Impl::find_literals(LiteralGroup group, std::string_view bytes, Span part, Scratch::Impl& work,
                                  std::vector<Hit>& hits) const {
  const Database& database = databases[static_cast<std::size_t>(group)];
  if (database == nullptr) return;
  for (std::uint64_t at = part.begin; at < part.end; at += kChunk - kOverlap) {
    const std::string_view chunk = bytes.substr(at, std::min<std::uint64_t>(kChunk, part.end - at));
    HitList list{literals, group, bytes, hits, at};
    hs_scan(database.get(), chunk.data(), static_cast<unsigned>(chunk.size()), 0, work.hyperscan.get(), on_literal,
            &list);
    if (at + chunk.size() == part.end) break;
  }
}

/// The gated literals that lie wholly in one of `gates`.
void Matcher::Impl::find_gated(std::string_view bytes, std::span<const Span> gates, Scratch::Impl& work,
                               std::vector<Hit>& hits) const {
  for (const Span& gate : gates) find_literals(LiteralGroup::gated, bytes, gate, work, hits);
}

/// New bytes and seams between two parts, with `reach` bytes on either side; those that are `close` are one.
void Matcher::Impl::find_zones(const Base& base, std::uint64_t size, std::uint64_t reach, std::uint64_t close,
                               std::vector<Span>& out) const {
  out.clear();
  const auto add = [&](std::uint64_t begin, std::uint64_t end) {
    append(out, {begin - std::min(begin, reach), std::min(size, end + reach)}, close);
  };
  std::uint64_t done = 0;
  for (const Copied& part : base.copied) {
    // New bytes, or nothing but a seam.
    if (part.span.begin > 0 || part.from > 0) add(done, part.span.begin);
    done = part.span.end;
  }
  if (done < size || base.copied.empty() || base.copied.back().from + base.copied.back().span.size() != base.size)
    add(done, size);
}

/// The hits that lie wholly in a copied part. Those of gated literals in `zones` are left out: a gate may have opened
/// or closed there.
void Matcher::Impl::move_hits(const Base& base, const std::vector<Span>& zones, std::vector<Hit>& hits) const {
  const std::vector<Hit>& old = base.trace.hits;
  if (old.empty()) return;
  auto it = old.begin();  // every hit before it ends at `passed`, or farther left
  std::uint64_t passed = 0;
  auto zone = zones.begin();  // the first one that ends right of the last gated hit
  for (const Copied& part : base.copied) {
    constexpr int kSteps = 4;
    const std::uint64_t until = part.from + part.span.size();
    // Most parts come in the order in which they stand in the base, and few hits stand between two of them.
    const bool back = part.from < passed;
    for (int i = 0; !back && i < kSteps && it != old.end() && it->end < part.from; ++i) ++it;
    if (back || (it != old.end() && it->end < part.from))
      it = std::lower_bound(back ? old.begin() : it, old.end(), Hit{part.from, 0});
    passed = until;
    for (; it != old.end() && it->end <= until; ++it) {
      const std::uint64_t size = literals.literal(it->literal).size();
      if (it->end < part.from + size) continue;
      const Hit moved{it->end - part.from + part.span.begin, it->literal};
      if (is_gated(moved)) {
        while (zone != zones.end() && zone->end < moved.end) ++zone;
        if (zone != zones.end() && zone->begin + size <= moved.end) continue;
      }
      hits.push_back(moved);
    }
  }
}

/// The hits that touch a new byte or a seam between two parts (and some that do not: they are doubles), and all hits of
/// gated literals in the zones.
void Matcher::Impl::find_fresh(std::string_view bytes, Scratch::Impl& work, std::vector<Hit>& hits) const {
  for (const Span& part : work.fresh) {
    find_literals(LiteralGroup::everywhere, bytes, part, work, hits);
    work.searched += part.size();
  }
  work.gates.clear();
  for (const Span& zone : work.zones) find_gates(bytes, zone, work.gates);
  find_gated(bytes, work.gates, work, hits);
}

/// Companions stand within a number of lines of their owners.
void Matcher::Impl::find_companions(std::string_view bytes, Scratch::Impl& work, std::vector<Candidate>& candidates) {
  work.fresh.clear();
  Span line;  // of the last owner
  std::uint32_t done = 0;
  for (const Candidate& candidate : candidates) {
    const std::uint32_t lines = patterns[candidate.rule].companion_lines;
    if (lines == 0 || (lines <= done && line.contains(candidate.span))) continue;
    line = lines_round(bytes, candidate.span, 1);
    done = lines;
    const Span round = lines_round(bytes, candidate.span, lines);
    append(work.fresh,
           {round.begin - std::min(round.begin, companion_reach),
            std::min<std::uint64_t>(bytes.size(), round.end + companion_reach)},
           0);
  }
  if (work.fresh.empty()) return;
  Trace& trace = work.companions;
  trace.hits.clear();
  for (const Span& part : work.fresh) find_literals(LiteralGroup::companions, bytes, part, work, trace.hits);
  if (trace.hits.empty()) return;
  sort_unique(trace.hits);
  judge_hits(bytes, nullptr, trace);
  candidates.insert(candidates.end(), trace.candidates.begin(), trace.candidates.end());
  std::sort(candidates.begin(), candidates.end(), earlier);
}

void Matcher::Impl::judge_prefix(std::uint32_t rule, std::string_view bytes, std::uint64_t begin, const Base* base,
                                 std::vector<Candidate>& out) {
  const std::uint64_t end = std::min<std::uint64_t>(bytes.size(), begin + patterns[rule].max_length);
  if (base != nullptr) {
    if (const Copied* home = home_of({begin, end}, base->copied, bytes.size(), base->size)) {
      const std::uint64_t was = begin - home->span.begin + home->from;
      const std::vector<Candidate>& old = base->trace.candidates;
      auto it = std::lower_bound(old.begin(), old.end(), Candidate{0, 0, {was, 0}}, earlier);
      for (; it != old.end() && it->span.begin == was; ++it)
        if (it->rule == rule) out.push_back({rule, 0, {begin, begin + it->span.size()}});
      return;
    }
  }
  if (end - begin <= kShort && !has_run(bytes.substr(begin, end - begin), patterns[rule].run)) return;
  re2::StringPiece found;
  // RE2 sees the bytes round [begin, end), so \b and ^ tell the truth at both ends.
  if (!regex(rule).Match({bytes.data(), bytes.size()}, begin, end, re2::RE2::ANCHOR_START, &found, 1)) return;
  if (!found.empty()) out.push_back({rule, 0, {begin, begin + found.size()}});
}

void Matcher::Impl::search(const Window& window, std::string_view bytes, std::vector<Candidate>& out) {
  if (!has_run(window.span.of(bytes), patterns[window.rule].run)) return;
  const re2::RE2& pattern = regex(window.rule);
  const std::uint32_t longest = patterns[window.rule].max_length;
  std::uint64_t at = window.span.begin;
  re2::StringPiece found;
  while (at < window.span.end &&
         pattern.Match({bytes.data(), bytes.size()}, at, window.span.end, re2::RE2::UNANCHORED, &found, 1) &&
         !found.empty()) {
    const auto begin = static_cast<std::uint64_t>(found.data() - bytes.data());
    if (found.size() <= longest) out.push_back({window.rule, 0, {begin, begin + found.size()}});
    at = begin + found.size();
  }
}

void Matcher::Impl::judge_window(const Window& window, std::string_view bytes, const Base* base,
                                 std::vector<Candidate>& out) {
  const Copied* home = base == nullptr ? nullptr : home_of(window.span, base->copied, bytes.size(), base->size);
  if (home == nullptr) return search(window, bytes, out);
  const std::uint64_t was = window.span.begin - home->span.begin + home->from;
  const Window old{window.rule, {was, was + window.span.size()}};
  if (!std::binary_search(base->trace.windows.begin(), base->trace.windows.end(), old))
    return search(window, bytes, out);
  const std::vector<Candidate>& candidates = base->trace.candidates;
  auto it = std::lower_bound(candidates.begin(), candidates.end(), Candidate{0, 0, {was, 0}}, earlier);
  for (; it != candidates.end() && it->span.begin < old.span.end; ++it)
    if (it->rule == window.rule) {
      const std::uint64_t begin = it->span.begin - was + window.span.begin;
      out.push_back({window.rule, 0, {begin, begin + it->span.size()}});
    }
}

void Matcher::Impl::judge_hits(std::string_view bytes, const Base* base, Trace& trace) {
  trace.windows.clear();
  trace.candidates.clear();
  for (const Hit& hit : trace.hits) {
    const std::uint64_t begin = hit.end - literals.literal(hit.literal).size();
    for (const std::uint32_t rule : literals.patterns_of(hit.literal)) {
      const Pattern& pattern = patterns[rule];
      if (pattern.as_written && !begins_with_one(bytes.substr(begin), pattern.literals)) continue;
      if (pattern.anchor == Pattern::Anchor::prefix) {
        judge_prefix(rule, bytes, begin, base, trace.candidates);
        continue;
      }
      const bool inside = pattern.anchor == Pattern::Anchor::inside;
      const std::uint64_t end = inside ? begin + pattern.max_length : hit.end + pattern.after;
      trace.windows.push_back(
          {rule, {begin - std::min<std::uint64_t>(begin, pattern.before), std::min<std::uint64_t>(bytes.size(), end)}});
    }
  }
  merge_windows(trace.windows);
  for (const Window& window : trace.windows) judge_window(window, bytes, base, trace.candidates);
  std::sort(trace.candidates.begin(), trace.candidates.end(), earlier);
  trace.candidates.erase(std::unique(trace.candidates.begin(), trace.candidates.end()), trace.candidates.end());
}

Matcher::Matcher(std::span<const Pattern> patterns, std::string_view database)
    : impl_(std::make_unique<Impl>(patterns, database)) {}
Matcher::~Matcher() = default;

Matcher::Scratch Matcher::scratch() const {
  auto impl = std::make_unique<Scratch::Impl>();
  hs_scratch_t* raw = nullptr;
  if (impl_->prototype != nullptr && hs_clone_scratch(impl_->prototype.get(), &raw) != HS_SUCCESS)
    throw std::bad_alloc();
  impl->hyperscan.reset(raw);
  return Scratch(std::move(impl));
}

void Matcher::scan(std::string_view bytes, Scratch& scratch, Trace& trace) const {
  std::vector<Span>& gates = scratch.impl_->gates;
  gates.clear();
  find_gates(bytes, {0, bytes.size()}, gates);
  scan(bytes, gates, scratch, trace);
}

void Matcher::scan(std::string_view bytes, std::span<const Span> gates, Scratch& scratch, Trace& trace) const {
  Scratch::Impl& work = *scratch.impl_;
  trace.hits.clear();
  work.searched += bytes.size();
  impl_->find_literals(LiteralGroup::everywhere, bytes, {0, bytes.size()}, work, trace.hits);
  impl_->find_gated(bytes, gates, work, trace.hits);
  sort_unique(trace.hits);
  impl_->judge_hits(bytes, nullptr, trace);
}

void Matcher::add_companions(std::string_view bytes, Scratch& scratch, std::vector<Candidate>& candidates) const {
  impl_->find_companions(bytes, *scratch.impl_, candidates);
}

void Matcher::scan(std::string_view bytes, Scratch& scratch, std::vector<Candidate>& out) const {
  Trace& trace = scratch.impl_->trace;
  scan(bytes, scratch, trace);
  impl_->find_companions(bytes, *scratch.impl_, trace.candidates);
  out.insert(out.end(), trace.candidates.begin(), trace.candidates.end());
}

void Matcher::scan_for_all(std::string_view bytes, Scratch& scratch, std::vector<Candidate>& out) const {
  Scratch::Impl& work = *scratch.impl_;
  Trace& trace = work.trace;
  trace.hits.clear();
  for (std::size_t i = 0; i < kLiteralGroups; ++i)
    impl_->find_literals(static_cast<LiteralGroup>(i), bytes, {0, bytes.size()}, work, trace.hits);
  sort_unique(trace.hits);
  impl_->judge_hits(bytes, nullptr, trace);
  out.insert(out.end(), trace.candidates.begin(), trace.candidates.end());
}

void Matcher::scan_derived(std::string_view bytes, std::span<const Copied> copied, const Trace& base,
                           std::uint64_t base_size, Scratch& scratch, Trace& trace) const {
  Scratch::Impl& work = *scratch.impl_;
  trace.hits.clear();
  const Impl::Base from{base, base_size, copied};
  impl_->find_zones(from, bytes.size(), impl_->literals.longest() - 1, kJoin, work.fresh);
  impl_->find_zones(from, bytes.size(), kGateReach + impl_->literals.longest(), 2 * kGateReach, work.zones);
  impl_->move_hits(from, work.zones, trace.hits);
  impl_->find_fresh(bytes, work, trace.hits);
  sort_unique(trace.hits);
  impl_->judge_hits(bytes, &from, trace);
}

std::string compile_literals(std::span<const Pattern> patterns) {
  std::string out;
  for (const Database& database : compile_all(LiteralTable(patterns))) {
    char* bytes = nullptr;
    std::size_t size = 0;
    if (database != nullptr && hs_serialize_database(database.get(), &bytes, &size) != HS_SUCCESS)
      throw std::bad_alloc();
    const Length length = size;
    out.append(reinterpret_cast<const char*>(&length), sizeof(length));
    if (size != 0) out.append(bytes, size);
    free(bytes);
  }
  return out;
}

void check_pattern(const Pattern& pattern) {
  compile_all(LiteralTable(std::span(&pattern, 1)));
  const auto regex = compile_regex(pattern.regex);
  if (regex->Match("", 0, 0, re2::RE2::UNANCHORED, nullptr, 0))
    throw RuleError("pattern '" + std::string(pattern.regex) + "' matches the empty string");
}

}  // namespace overreach
