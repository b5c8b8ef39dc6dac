#include "scanner/match/decode/gate.h"

#include <algorithm>
#include <bit>

namespace overreach {
namespace {

constexpr std::size_t kBlocks = 64;  // that are classified at a time

}  // namespace

void GateFinder::open(std::uint64_t at, std::uint64_t plains, std::uint64_t words) {
  // Between two bits of one block the reach leaves no gap.
  static_assert(kGateBefore + kGateAfter >= kMaskBytes);
  std::uint64_t end = at + 64 - static_cast<unsigned>(std::countl_zero(plains | words));
  std::uint64_t begin = end;
  if (plains != 0) begin = at + static_cast<unsigned>(std::countr_zero(plains)) + 1 - kLongPlain;
  if (words != 0) begin = std::min(begin, at + static_cast<unsigned>(std::countr_zero(words)) + 1 - kLongWord);
  begin = std::max(part_.begin, begin - std::min<std::uint64_t>(begin, kGateBefore));
  end = std::min(part_.end, end + kGateAfter);
  if (begin >= end) return;
  for (; !out_.empty() && out_.back().end >= begin && out_.back().end > part_.begin; out_.pop_back()) {
    begin = std::min(begin, out_.back().begin);
    end = std::max(end, out_.back().end);
  }
  out_.push_back({begin, end});
}

void find_gates(std::string_view text, Span part, std::vector<Span>& out) {
  const std::uint64_t begin = part.begin - std::min(part.begin, kGateReach);
  const std::uint64_t end = std::min<std::uint64_t>(text.size(), part.end + kGateReach);
  std::array<ClassMask, kBlocks> masks;
  GateFinder finder(part, out);
  const Vectors vectors = best_vectors();
  for (std::uint64_t at = begin; at < end; at += kBlocks * kMaskBytes) {
    const std::string_view chunk = text.substr(at, std::min<std::uint64_t>(kBlocks * kMaskBytes, end - at));
    classify(chunk, masks.data(), vectors);
    const std::size_t blocks = (chunk.size() + kMaskBytes - 1) / kMaskBytes;
    for (std::size_t i = 0; i < blocks; ++i) finder.block(at + i * kMaskBytes, masks[i]);
  }
}

}  // namespace overreach
