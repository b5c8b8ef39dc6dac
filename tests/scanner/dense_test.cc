#include <catch2/catch.hpp>

#include "ci/bench/dense.h"
#include "detectors/identify/identify.h"
#include "scanner/match/matcher.h"

using namespace overreach;

namespace {

/// What one scan had to do, in bytes and pieces.
struct Work {
  std::uint64_t searched = 0;  // by Hyperscan
  std::uint64_t windows = 0;   // bytes that RE2 was shown, of rules with windows
  std::uint64_t hits = 0, candidates = 0;
};

Work work_on(std::string_view bytes, const Matcher& matcher) {
  Matcher::Scratch scratch = matcher.scratch();
  Matcher::Trace trace;
  matcher.scan(bytes, scratch, trace);
  Work out{scratch.searched(), 0, trace.hits.size(), trace.candidates.size()};
  for (const auto& window : trace.windows) out.windows += window.span.size();
  return out;
}

}  // namespace

TEST_CASE("twice the input is twice the work, however dense it is", "[dense]") {
  const Catalog catalog("", false, {checksum_names(), decoder_names()});
  const Matcher matcher(catalog.patterns(), catalog.database());
  for (const std::string_view kind : bench::dense_kinds()) DYNAMIC_SECTION(kind) {
      const std::string all = bench::dense_input(kind, 512 << 10, catalog);
      const Work half = work_on(std::string_view(all).substr(0, all.size() / 2), matcher);
      const Work whole = work_on(all, matcher);
      CHECK(whole.searched == all.size());
      // A tenth and a bit: which rules the input has is not the same in both halves.
      CHECK(whole.windows <= 22 * half.windows / 10 + 100'000);
      CHECK(whole.hits <= 22 * half.hits / 10 + 100);
      CHECK(whole.candidates <= 22 * half.candidates / 10 + 100);
      // No byte is shown to more than the rules there are, and to each once.
      CHECK(whole.windows <= all.size() * catalog.patterns().size());
    }
}

TEST_CASE("each window of a rule is disjoint from the next, so no byte is searched twice for it", "[dense]") {
  const Catalog catalog("", false, {checksum_names(), decoder_names()});
  const Matcher matcher(catalog.patterns(), catalog.database());
  Matcher::Scratch scratch = matcher.scratch();
  Matcher::Trace trace;
  matcher.scan(bench::dense_input("keywords", 128 << 10, catalog), scratch, trace);
  REQUIRE(trace.windows.size() > 100);
  for (std::size_t i = 1; i < trace.windows.size(); ++i)
    if (trace.windows[i].rule == trace.windows[i - 1].rule)
      CHECK(trace.windows[i - 1].span.end < trace.windows[i].span.begin);
}

TEST_CASE("dense input is nothing but what it says", "[dense]") {
  const Catalog catalog("", false, {checksum_names(), decoder_names()});
  const Matcher matcher(catalog.patterns(), catalog.database());
  const Work tokens = work_on(bench::dense_input("tokens", 64 << 10, catalog), matcher);
  CHECK(tokens.candidates > 300);
  const Work keywords = work_on(bench::dense_input("keywords", 64 << 10, catalog), matcher);
  CHECK(keywords.hits > 2000);  // most are gated, and no long word is near
  CHECK(bench::dense_input("line", 64 << 10, catalog).find('\n') == std::string::npos);
  CHECK_THROWS_AS(bench::dense_input("other", 1, catalog), UsageError);
}
