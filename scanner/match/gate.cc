#include "scanner/match/gate.h"

#include <algorithm>
#include <array>
#include <bit>

#include "scanner/match/decode/classes.h"

namespace overreach {
namespace {

constexpr std::size_t kBlocks = 64;  // that are classified at a time

/// Says where runs of bits grow to `Length`, 64 after 64 and without a branch.
template <unsigned Length>
class LongRuns {
 public:
  /// Bit i: bit i of `word` is the Length-th of a run, or one after it.
  std::uint64_t step(std::uint64_t word) {
    std::uint64_t bits = word;
    std::uint64_t all = ~std::uint64_t{0};
    unsigned passed = 0;
    // A run of Length is made of runs of powers of two, one behind the other.
    for (unsigned power = 0; (Length >> power) != 0; ++power) {
      if (((Length >> power) & 1U) != 0) {
        all &= passed == 0 ? bits : moved(bits, before_[power], passed);
        passed += 1U << power;
      }
      const std::uint64_t next = bits & moved(bits, before_[power], 1U << power);
      before_[power] = bits;
      bits = next;
    }
    return all;
  }

 private:
  /// The bits of `count` places before, some of which stand in the 64 before.
  static std::uint64_t moved(std::uint64_t bits, std::uint64_t before, unsigned count) {
    return bits << count | before >> (64 - count);
  }
  std::array<std::uint64_t, 7> before_{};
};

class Gates {
 public:
  Gates(Span part, std::vector<Span>& out) : part_(part), out_(out) {}

  void open(std::uint64_t begin, std::uint64_t end) {
    begin = std::max(part_.begin, begin - std::min<std::uint64_t>(begin, kGateBefore));
    end = std::min(part_.end, end + kGateAfter);
    if (begin >= end) return;
    for (; !out_.empty() && out_.back().end >= begin && out_.back().end > part_.begin; out_.pop_back()) {
      begin = std::min(begin, out_.back().begin);
      end = std::max(end, out_.back().end);
    }
    out_.push_back({begin, end});
  }

 private:
  Span part_;
  std::vector<Span>& out_;
};

}  // namespace

void find_gates(std::string_view text, Span part, std::vector<Span>& out) {
  const std::uint64_t begin = part.begin - std::min(part.begin, kGateReach);
  const std::uint64_t end = std::min<std::uint64_t>(text.size(), part.end + kGateReach);
  std::array<ClassMask, kBlocks> masks;
  LongRuns<kLongPlain> plain;
  LongRuns<kLongWord> word;
  Gates gates(part, out);
  const Vectors vectors = best_vectors();
  for (std::uint64_t at = begin; at < end; at += kBlocks * kMaskBytes) {
    const std::string_view chunk = text.substr(at, std::min<std::uint64_t>(kBlocks * kMaskBytes, end - at));
    classify(chunk, masks.data(), vectors);
    const std::size_t blocks = (chunk.size() + kMaskBytes - 1) / kMaskBytes;
    for (std::size_t i = 0; i < blocks; ++i) {
      const std::uint64_t plains = plain.step(masks[i].plain), words = word.step(masks[i].token);
      if ((plains | words) == 0) continue;
      // Between two bits of one block the reach leaves no gap.
      static_assert(kGateBefore + kGateAfter >= kMaskBytes);
      const std::uint64_t here = at + i * kMaskBytes;
      const std::uint64_t last = here + 63 - static_cast<unsigned>(std::countl_zero(plains | words));
      std::uint64_t first = last;
      if (plains != 0) first = here + static_cast<unsigned>(std::countr_zero(plains)) + 1 - kLongPlain;
      if (words != 0) first = std::min(first, here + static_cast<unsigned>(std::countr_zero(words)) + 1 - kLongWord);
      gates.open(first, last + 1);
    }
  }
}

}  // namespace overreach
