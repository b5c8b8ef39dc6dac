// Literals wake rules; RE2 decides.
//
//   ... RAILWAY_TOKEN=6f1c... ...      Hyperscan reports where each literal ends.
//       ^literal  [   window   ]       RE2 looks at a window round it, never at the file.
//
// A prefix rule asks RE2 once, anchored at the literal. The other rules have windows; the
// windows of one rule are merged before RE2 runs, so every byte is looked at once per rule
// however many literals stand there: dense input stays linear.
#include "scanner/match/matcher.h"

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <tuple>
#include <utility>

#include "scanner/match/literals.h"
#include "scanner/match/regex.h"

namespace overreach {
namespace {

/// Hyperscan takes 32-bit lengths; longer input goes in chunks that overlap by a literal.
constexpr std::size_t kChunk = std::size_t{1} << 30U;
constexpr std::size_t kOverlap = 256;

struct Hit {
  std::uint32_t literal;
  std::uint64_t end;
};

struct HitList {
  std::vector<Hit> hits;
  std::uint64_t base = 0;
};

int on_literal(unsigned id, unsigned long long /*from*/, unsigned long long to, unsigned /*flags*/,
               void* context) noexcept {
  // `from` is 0 without start-of-match; the literal's length gives the start.
  auto* list = static_cast<HitList*>(context);
  list->hits.push_back({id, list->base + to});
  return 0;
}

Database load_database(const LiteralTable& literals, std::string_view serialised) {
  if (serialised.empty()) return literals.compile();
  hs_database_t* raw = nullptr;
  if (hs_deserialize_database(serialised.data(), serialised.size(), &raw) != HS_SUCCESS) return literals.compile();
  return Database(raw);
}

/// Sorts windows and joins those that touch.
void merge_windows(std::vector<Span>& windows) {
  std::sort(windows.begin(), windows.end());
  std::size_t last = 0;
  for (std::size_t i = 1; i < windows.size(); ++i) {
    if (windows[i].begin <= windows[last].end)
      windows[last].end = std::max(windows[last].end, windows[i].end);
    else
      windows[++last] = windows[i];
  }
  if (!windows.empty()) windows.resize(last + 1);
}

}  // namespace

struct Matcher::Scratch::Impl {
  HsScratch hyperscan;
  HitList list;
  std::vector<std::vector<Span>> windows;  // by rule; only those in `woken` are not empty
  std::vector<std::uint32_t> woken;
};

Matcher::Scratch::Scratch(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Matcher::Scratch::Scratch(Scratch&&) noexcept = default;
Matcher::Scratch& Matcher::Scratch::operator=(Scratch&&) noexcept = default;
Matcher::Scratch::~Scratch() = default;

struct Matcher::Impl {
  struct Compiled {
    std::once_flag once;
    std::unique_ptr<re2::RE2> regex;
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

  void match_prefix(std::uint32_t rule, std::string_view bytes, std::uint64_t begin, std::vector<Candidate>& out);
  void match_windows(std::uint32_t rule, std::string_view bytes, std::vector<Span>& windows,
                     std::vector<Candidate>& out);
  void wake(const Hit& hit, std::string_view bytes, Scratch::Impl& scratch, std::vector<Candidate>& out);

  std::span<const Pattern> patterns;
  LiteralTable literals;
  Database database;
  HsScratch prototype;
  std::unique_ptr<Compiled[]> compiled;
};

void Matcher::Impl::match_prefix(std::uint32_t rule, std::string_view bytes, std::uint64_t begin,
                                 std::vector<Candidate>& out) {
  const std::uint64_t end = std::min<std::uint64_t>(bytes.size(), begin + patterns[rule].max_length);
  re2::StringPiece found;
  // RE2 sees the bytes round [begin, end), so \b and ^ tell the truth at both ends.
  if (!regex(rule).Match({bytes.data(), bytes.size()}, begin, end, re2::RE2::ANCHOR_START, &found, 1)) return;
  if (!found.empty()) out.push_back({rule, 0, {begin, begin + found.size()}});
}

void Matcher::Impl::match_windows(std::uint32_t rule, std::string_view bytes, std::vector<Span>& windows,
                                  std::vector<Candidate>& out) {
  merge_windows(windows);
  const re2::RE2& pattern = regex(rule);
  for (const Span& window : windows) {
    std::uint64_t at = window.begin;
    re2::StringPiece found;
    while (at < window.end &&
           pattern.Match({bytes.data(), bytes.size()}, at, window.end, re2::RE2::UNANCHORED, &found, 1) &&
           !found.empty()) {
      const auto begin = static_cast<std::uint64_t>(found.data() - bytes.data());
      if (found.size() <= patterns[rule].max_length) out.push_back({rule, 0, {begin, begin + found.size()}});
      at = begin + found.size();
    }
  }
}

void Matcher::Impl::wake(const Hit& hit, std::string_view bytes, Scratch::Impl& scratch, std::vector<Candidate>& out) {
  const std::uint64_t begin = hit.end - literals.literal(hit.literal).size();
  for (const std::uint32_t rule : literals.patterns_of(hit.literal)) {
    const Pattern& pattern = patterns[rule];
    if (pattern.anchor == Pattern::Anchor::prefix) {
      match_prefix(rule, bytes, begin, out);
      continue;
    }
    const std::uint64_t reach =
        pattern.anchor == Pattern::Anchor::inside ? begin + pattern.max_length : hit.end + pattern.after;
    if (scratch.windows[rule].empty()) scratch.woken.push_back(rule);
    scratch.windows[rule].push_back(
        {begin - std::min<std::uint64_t>(begin, pattern.before), std::min<std::uint64_t>(bytes.size(), reach)});
  }
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
  impl->windows.resize(impl_->patterns.size());
  return Scratch(std::move(impl));
}

void Matcher::scan(std::string_view bytes, Scratch& scratch, std::vector<Candidate>& out) const {
  if (impl_->database == nullptr) return;
  Scratch::Impl& work = *scratch.impl_;
  const std::size_t first = out.size();
  work.list.hits.clear();
  for (std::size_t at = 0; at < bytes.size(); at += kChunk - kOverlap) {
    const std::string_view chunk = bytes.substr(at, kChunk);
    work.list.base = at;
    hs_scan(impl_->database.get(), chunk.data(), static_cast<unsigned>(chunk.size()), 0, work.hyperscan.get(),
            on_literal, &work.list);
    if (at + chunk.size() == bytes.size()) break;
  }
  for (const Hit& hit : work.list.hits) impl_->wake(hit, bytes, work, out);
  for (const std::uint32_t rule : work.woken) {
    impl_->match_windows(rule, bytes, work.windows[rule], out);
    work.windows[rule].clear();
  }
  work.woken.clear();
  const auto begin = out.begin() + static_cast<std::ptrdiff_t>(first);
  std::sort(begin, out.end(),
            [](const Candidate& a, const Candidate& b) { return std::tie(a.span, a.rule) < std::tie(b.span, b.rule); });
  out.erase(std::unique(begin, out.end()), out.end());
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
