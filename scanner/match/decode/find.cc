// One pass over the text with vector instructions gives three bits for each byte (classes.h); what could be
// encoded is looked at more closely:
//
//   runs of 24 and more characters of base64    dense.h
//   '\' and '%' that could hide something       clusters of them, here
//   zeros that alternate with text              wide.h
//
// Why the work is linear. The pass reads each byte once. A run is looked at once from left to right, whatever comes
// of it: tests of base64 at four phases read n characters, tests of hex two times n. An escape is looked
// at in constant time, and the word behind it ends at the next escape. Regions of one encoding do not overlap but for
// contexts, which end at the region before, and for windows, which share one byte in eight; of base64 two phases are
// decoded at most. And nothing grows when it is decoded, but for gzip, which has a limit of its own.
#include "scanner/match/decode/find.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <span>

#include "scanner/match/decode/classes.h"
#include "scanner/match/decode/dense.h"
#include "scanner/match/decode/escapes.h"
#include "scanner/match/decode/gate.h"
#include "scanner/match/decode/text_units.h"
#include "scanner/match/decode/wide.h"
#include "scanner/match/decode/window.h"

namespace overreach {
namespace {

constexpr std::size_t kBlocks = 64;          // of a chunk that is classified at a time
constexpr std::uint64_t kEscapeReach = 160;  // bytes right of an escape that are looked at

/// Escapes of one kind that stand close together on a line.
class EscapeFinder {
 public:
  EscapeFinder(std::string_view text, Encoding how, const VisitRegion& visit) : text_(text), how_(how), visit_(visit) {}

  void escape(std::uint64_t at) {
    if (open_ && !joins(at)) flush();
    if (!open_) cluster_ = {at, at};
    open_ = true;
    const std::uint64_t most = std::min<std::uint64_t>(text_.size(), at + kEscapeReach);
    const void* found = std::memchr(text_.data() + at, '\n', most - at);
    const std::uint64_t reach =
        found == nullptr ? most : static_cast<std::uint64_t>(static_cast<const char*>(found) - text_.data());
    cluster_.end = std::max({cluster_.end, reach, word_end(text_, at + 1)});
  }

  void flush() {
    if (!open_) return;
    open_ = false;
    std::uint64_t context = context_begin(text_, cluster_.begin);
    if (last_end_ > context && line_begin(text_, cluster_.begin, context) <= last_end_) context = last_end_;
    last_end_ = cluster_.end;
    for_each_window({context, cluster_.end}, [&](Span window, Span owned) {
      Region region;
      region.how = how_;
      region.context = window;
      region.span = {std::max(window.begin, cluster_.begin), window.end};
      region.owned = owned;
      visit_(region);
    });
  }

 private:
  /// On the same line, and so near that the context of the one would reach the other.
  bool joins(std::uint64_t at) const {
    if (at <= cluster_.end) return true;
    return at - cluster_.end <= kContextBefore &&
           std::memchr(text_.data() + cluster_.end, '\n', at - cluster_.end) == nullptr;
  }

  std::string_view text_;
  Encoding how_;
  const VisitRegion& visit_;
  bool open_ = false;
  Span cluster_;
  std::uint64_t last_end_ = 0;
};

/// Escapes of a block that could hide something. A backslash, a letter or digit and neither a word nor a brace behind
/// them hide nothing: that is the `\n` at the end of a string, and most of the escapes of a program. `next` is the
/// block that follows.
std::uint64_t telling_escapes(const ClassMask& mask, const ClassMask& next) {
  const std::uint64_t backslash = mask.escape & ~mask.token;
  const std::uint64_t letter = mask.plain >> 1U | next.plain << 63U;
  const std::uint64_t word = (mask.token | mask.brace) >> 2U | (next.token | next.brace) << 62U;
  return mask.escape & ~(backslash & letter & ~word);
}

/// Of what is not read yet: nothing is sure.
constexpr ClassMask kUnread = {.plain = 0, .word = 0, .token = ~std::uint64_t{0}, .brace = 0, .escape = 0, .nul = 0};

/// One pass from left to right.
class Sweep {
 public:
  /// `gates`: sees each block, too; may be null.
  Sweep(std::string_view text, const VisitRegion& visit, GateFinder* gates)
      : text_(text),
        gates_(gates),
        dense_(text, visit),
        wide_(text, visit),
        percent_(text, Encoding::percent, visit),
        backslash_(text, Encoding::escapes, visit) {}

  void run(Span part) {
    std::array<ClassMask, kBlocks> masks;
    std::array<std::uint64_t, kBlocks> long_runs, escapes;
    std::array<std::uint8_t, kBlocks> telling;  // blocks with something to look at: few
    LongRuns<kShortestRun> runs;
    const Vectors vectors = best_vectors();
    for (std::uint64_t at = part.begin; at < part.end; at += kBlocks * kMaskBytes) {
      const std::string_view chunk = text_.substr(at, std::min<std::uint64_t>(kBlocks * kMaskBytes, part.end - at));
      classify(chunk, masks.data(), vectors);
      const std::span<const ClassMask> blocks(masks.data(), (chunk.size() + kMaskBytes - 1) / kMaskBytes);
      std::size_t count = 0;
      for (std::size_t i = 0; i < blocks.size(); ++i) {
        long_runs[i] = runs.step(blocks[i].word);
        escapes[i] = telling_escapes(blocks[i], i + 1 < blocks.size() ? blocks[i + 1] : kUnread);
        telling[count] = static_cast<std::uint8_t>(i);
        count += (long_runs[i] | escapes[i] | blocks[i].nul) != 0 ? 1U : 0U;
      }
      for (std::size_t i = 0; gates_ != nullptr && i < blocks.size(); ++i)
        gates_->block(at + i * kMaskBytes, blocks[i]);
      if (open_) go_on(at, blocks, 0);
      for (std::size_t k = 0; k < count; ++k) {
        const std::size_t i = telling[k];
        const std::uint64_t begin = at + i * kMaskBytes;
        if (long_runs[i] != 0 && run_end_ < begin + kMaskBytes) words(at, blocks, i, long_runs[i]);
        marks(begin, escapes[i], blocks[i].nul);
      }
    }
    if (open_) end_run(part.end);
    percent_.flush();
    backslash_.flush();
  }

 private:
  void marks(std::uint64_t at, std::uint64_t escapes, std::uint64_t nul) {
    for (std::uint64_t bits = escapes; bits != 0; bits &= bits - 1) {
      const std::uint64_t place = at + static_cast<unsigned>(std::countr_zero(bits));
      if (place >= escaped_ && may_hide(text_, place) && hides(text_, place))
        (text_[place] == '%' ? percent_ : backslash_).escape(place);
      // The second backslash of a pair begins nothing.
      if (text_[place] == '\\' && place >= escaped_ && text_.substr(place + 1).starts_with('\\')) escaped_ = place + 2;
    }
    if (nul != 0 && nul != ~std::uint64_t{0}) wide_.block(at, nul);
  }

  /// The runs that grow long in block i of the chunk at `chunk`.
  void words(std::uint64_t chunk, std::span<const ClassMask> blocks, std::size_t i, std::uint64_t long_runs) {
    const std::uint64_t at = chunk + i * kMaskBytes;
    while (!open_ && run_end_ < at + kMaskBytes) {
      if (run_end_ > at) long_runs &= ~std::uint64_t{0} << (run_end_ - at);
      if (long_runs == 0) return;
      begin_ = at + static_cast<unsigned>(std::countr_zero(long_runs)) + 1 - kShortestRun;
      open_ = true;
      run_end_ = at + static_cast<unsigned>(std::countr_zero(long_runs)) + 1;
      go_on(chunk, blocks, i);
    }
  }

  /// Looks for the end of the open run from block i on, and not before run_end_.
  void go_on(std::uint64_t chunk, std::span<const ClassMask> blocks, std::size_t i) {
    for (; i < blocks.size(); ++i) {
      const std::uint64_t at = chunk + i * kMaskBytes;
      std::uint64_t others = ~blocks[i].word;
      if (run_end_ > at) others &= run_end_ - at < kMaskBytes ? ~std::uint64_t{0} << (run_end_ - at) : 0;
      if (others != 0) return end_run(at + static_cast<unsigned>(std::countr_zero(others)));
    }
    run_end_ = chunk + blocks.size() * kMaskBytes;
  }

  void end_run(std::uint64_t end) {
    open_ = false;
    run_end_ = end;
    dense_.run(begin_, end);
  }

  std::string_view text_;
  GateFinder* gates_;
  DenseFinder dense_;
  WideFinder wide_;
  EscapeFinder percent_, backslash_;
  bool open_ = false;          // a long run goes on
  std::uint64_t begin_ = 0;    // where it began
  std::uint64_t run_end_ = 0;  // of the last long run; while it is open, as far as is known
  std::uint64_t escaped_ = 0;
};

}  // namespace

void find_regions(std::string_view text, Span part, const VisitRegion& visit) { Sweep(text, visit, nullptr).run(part); }

void find_regions(std::string_view text, const VisitRegion& visit, std::vector<Span>& gates) {
  GateFinder finder({0, text.size()}, gates);
  Sweep(text, visit, &finder).run({0, text.size()});
}

void view_region(std::string_view text, const Region& region, View& view) {
  view.clear();
  switch (region.how) {
    case Encoding::base64:
    case Encoding::hex:
      return view_dense(text, region, view);
    case Encoding::percent:
    case Encoding::escapes:
      return view_escapes(text, region, view);
    case Encoding::utf16:
    case Encoding::utf32:
      return view_wide(text, region, view);
  }
}

}  // namespace overreach
