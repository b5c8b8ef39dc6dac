#include "scanner/cli/work_done.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace overreach {
namespace {

constexpr double kMiB = 1 << 20;
constexpr double kSoonest = 2;  // seconds until a rate says something about the rest

std::string duration_words(double seconds) {
  if (seconds < 90) return fmt::format("{:.0f} s", seconds);
  return fmt::format("{:.0f} min", seconds / 60);
}

/// How much of the work is done, 0 when nobody knows. Bytes say more than pieces.
double share_done(const Tally& tally) {
  if (tally.expected_bytes > 0) return static_cast<double>(tally.bytes) / static_cast<double>(tally.expected_bytes);
  if (tally.expected_blobs > 0) return static_cast<double>(tally.blobs) / static_cast<double>(tally.expected_blobs);
  return 0;
}

}  // namespace

std::string progress_line(const Tally& tally, std::chrono::duration<double> spent) {
  std::string out = "scanning:";
  if (tally.files > 0 || tally.blobs == 0) out += fmt::format(" {} files,", tally.files.load());
  if (tally.blobs > 0) out += fmt::format(" {} objects,", tally.blobs.load());
  const double mib = static_cast<double>(tally.bytes) / kMiB;
  out += fmt::format(" {:.0f} MiB, {:.0f} MiB/s", mib, mib / std::max(spent.count(), 0.001));
  const double done = std::min(share_done(tally), 1.0);
  if (done > 0 && spent.count() >= kSoonest)
    out += fmt::format(", {:.0f} %, {} left", 100 * done, duration_words(spent.count() * (1 - done) / done));
  return out;
}

void print_work(std::ostream& out, const Tally& tally) {
  const std::pair<std::string_view, std::uint64_t> rows[] = {
      {"files read", tally.files},        {"objects read", tally.blobs},    {"commits walked", tally.commits},
      {"bytes inflated", tally.inflated}, {"bytes read", tally.bytes},      {"bytes searched", tally.scanned},
      {"literals found", tally.hits},     {"candidates", tally.candidates}, {"confirmed", tally.confirmed},
  };
  for (const auto& [name, count] : rows) out << "  " << name << ": " << count << "\n";
}

}  // namespace overreach
