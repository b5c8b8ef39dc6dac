// Literals wake rules; RE2 decides.
//
//   ... RAILWAY_TOKEN=6f1c... ...      Hyperscan reports where each literal ends.
//       ^literal  [   window   ]       RE2 looks at a window round it, never at the file.
//
// A prefix rule asks RE2 once, anchored at the literal. The other rules have windows; the
// windows of one rule are merged before RE2 runs, so every byte is looked at once per rule
// however many literals stand there: dense input stays linear.
//
// A block that derives from another one (a git delta) needs less. Its literal hits are those of
// the copied parts, moved, and those that touch a new byte or a seam, found by scanning just
// there. From the hits follow the windows. A window that lies in one copied part, and was the same
// window in the base, has the base's candidates, moved; only the others are searched. Nothing
// is lost, because nothing is assumed: the hits are the hits of a full scan, so the windows are
// its windows, and a search of the same bytes in the same window gives the same candidates.
#include "scanner/match/matcher.h"

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <tuple>
#include <utility>

#include "scanner/base/alphabet.h"
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
  std::vector<Hit>* hits;
  std::uint64_t base = 0;
};

int on_literal(unsigned id, unsigned long long /*from*/, unsigned long long to, unsigned /*flags*/,
               void* context) noexcept {
  // `from` is 0 without start-of-match; the literal's length gives the start.
  auto* list = static_cast<HitList*>(context);
  list->hits->push_back({list->base + to, id});
  return 0;
}

Database load_database(const LiteralTable& literals, std::string_view serialised) {
  if (serialised.empty()) return literals.compile();
  hs_database_t* raw = nullptr;
  if (hs_deserialize_database(serialised.data(), serialised.size(), &raw) != HS_SUCCESS) return literals.compile();
  return Database(raw);
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

}  // namespace

struct Matcher::Scratch::Impl {
  HsScratch hyperscan;
  Trace trace;
  std::vector<Span> fresh;
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
        database(load_database(literals, serialised)),
        compiled(std::make_unique<Compiled[]>(rules.size())) {
    hs_scratch_t* raw = nullptr;
    if (database != nullptr && hs_alloc_scratch(database.get(), &raw) != HS_SUCCESS) throw std::bad_alloc();
    prototype.reset(raw);
  }

  /// Compiled when a literal of the rule first occurs.
  const re2::RE2& regex(std::uint32_t rule) {
    Compiled& slot = compiled[rule];
    std::call_once(slot.once, [&] { slot.regex = compile_regex(patterns[rule].regex); });
    return *slot.regex;
  }

  void find_literals(std::string_view bytes, Span part, hs_scratch_t* scratch, std::vector<Hit>& hits) const;
  void move_hits(const Base& base, std::vector<Hit>& hits) const;
  void find_fresh(std::string_view bytes, const Base& base, Scratch::Impl& work, std::vector<Hit>& hits) const;
  void judge_hits(std::string_view bytes, const Base* base, Trace& trace);
  void judge_prefix(std::uint32_t rule, std::string_view bytes, std::uint64_t begin, const Base* base,
                    std::vector<Candidate>& out);
  void judge_window(const Window& window, std::string_view bytes, const Base* base, std::vector<Candidate>& out);
  void search(const Window& window, std::string_view bytes, std::vector<Candidate>& out);

  std::span<const Pattern> patterns;
  LiteralTable literals;
  Database database;
  HsScratch prototype;
  std::unique_ptr<Compiled[]> compiled;
};

void Matcher::Impl::find_literals(std::string_view bytes, Span part, hs_scratch_t* scratch,
                                  std::vector<Hit>& hits) const {
  for (std::uint64_t at = part.begin; at < part.end; at += kChunk - kOverlap) {
    const std::string_view chunk = bytes.substr(at, std::min<std::uint64_t>(kChunk, part.end - at));
    HitList list{&hits, at};
    hs_scan(database.get(), chunk.data(), static_cast<unsigned>(chunk.size()), 0, scratch, on_literal, &list);
    if (at + chunk.size() == part.end) break;
  }
}

/// The hits that lie wholly in a copied part.
void Matcher::Impl::move_hits(const Base& base, std::vector<Hit>& hits) const {
  const std::vector<Hit>& old = base.trace.hits;
  if (old.empty()) return;
  auto it = old.begin();  // every hit before it ends at `passed`, or farther left
  std::uint64_t passed = 0;
  for (const Copied& part : base.copied) {
    constexpr int kSteps = 4;
    const std::uint64_t until = part.from + part.span.size();
    // Most parts come in the order in which they stand in the base, and few hits stand between two of them.
    const bool back = part.from < passed;
    for (int i = 0; !back && i < kSteps && it != old.end() && it->end < part.from; ++i) ++it;
    if (back || (it != old.end() && it->end < part.from))
      it = std::lower_bound(back ? old.begin() : it, old.end(), Hit{part.from, 0});
    passed = until;
    for (; it != old.end() && it->end <= until; ++it)
      if (it->end >= part.from + literals.literal(it->literal).size())
        hits.push_back({it->end - part.from + part.span.begin, it->literal});
  }
}

/// The hits that touch a new byte or a seam between two parts (and some that do not: they are doubles).
void Matcher::Impl::find_fresh(std::string_view bytes, const Base& base, Scratch::Impl& work,
                               std::vector<Hit>& hits) const {
  const std::uint64_t margin = literals.longest() - 1;
  work.fresh.clear();
  const auto add = [&](std::uint64_t begin, std::uint64_t end) {
    begin -= std::min(begin, margin);
    end = std::min<std::uint64_t>(bytes.size(), end + margin);
    if (!work.fresh.empty() && begin <= work.fresh.back().end + kJoin)
      work.fresh.back().end = std::max(work.fresh.back().end, end);
    else
      work.fresh.push_back({begin, end});
  };
  std::uint64_t done = 0;
  for (const Copied& part : base.copied) {
    if (part.span.begin > 0) add(done, part.span.begin);  // new bytes, or nothing but a seam
    done = part.span.end;
  }
  if (done < bytes.size()) add(done, bytes.size());
  for (const Span& part : work.fresh) {
    find_literals(bytes, part, work.hyperscan.get(), hits);
    work.searched += part.size();
  }
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
  trace.hits.clear();
  scratch.impl_->searched += bytes.size();
  if (impl_->database != nullptr)
    impl_->find_literals(bytes, {0, bytes.size()}, scratch.impl_->hyperscan.get(), trace.hits);
  sort_unique(trace.hits);
  impl_->judge_hits(bytes, nullptr, trace);
}

void Matcher::scan(std::string_view bytes, Scratch& scratch, std::vector<Candidate>& out) const {
  Trace& trace = scratch.impl_->trace;
  scan(bytes, scratch, trace);
  out.insert(out.end(), trace.candidates.begin(), trace.candidates.end());
}

void Matcher::scan_derived(std::string_view bytes, std::span<const Copied> copied, const Trace& base,
                           std::uint64_t base_size, Scratch& scratch, Trace& trace) const {
  trace.hits.clear();
  const Impl::Base from{base, base_size, copied};
  if (impl_->database != nullptr) {
    impl_->move_hits(from, trace.hits);
    impl_->find_fresh(bytes, from, *scratch.impl_, trace.hits);
  }
  sort_unique(trace.hits);
  impl_->judge_hits(bytes, &from, trace);
}

std::string compile_literals(std::span<const Pattern> patterns) {
  const Database database = LiteralTable(patterns).compile();
  if (database == nullptr) return {};
  char* bytes = nullptr;
  std::size_t length = 0;
  if (hs_serialize_database(database.get(), &bytes, &length) != HS_SUCCESS) throw std::bad_alloc();
  std::string out(bytes, length);
  free(bytes);
  return out;
}

void check_pattern(const Pattern& pattern) {
  LiteralTable(std::span(&pattern, 1)).compile();
  const auto regex = compile_regex(pattern.regex);
  if (regex->Match("", 0, 0, re2::RE2::UNANCHORED, nullptr, 0))
    throw RuleError("pattern '" + std::string(pattern.regex) + "' matches the empty string");
}

}  // namespace overreach
