// Which files are read and parsed, in bounds.
#pragma once

#include <chrono>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "detectors/model/token.h"
#include "detectors/purpose/facts.h"
#include "detectors/purpose/needles.h"
#include "detectors/purpose/prefilter.h"
#include "detectors/purpose/purpose.h"

namespace overreach::purpose {

using Deadline = std::chrono::steady_clock::time_point;
inline bool is_over(Deadline deadline) { return std::chrono::steady_clock::now() > deadline; }

/// A file that matters, its facts, and what it mentions.
struct LoadedFile {
  FileFacts facts;
  std::string source;
  std::set<std::uint32_t> mentions;
  bool left_out = false;  // it should have been parsed: `facts.failed` is set, and any mention counts
};

struct Loaded {
  std::vector<LoadedFile> files;  // sorted by path
  bool complete = true;           // false: time was up before every file was looked at
};

/// Reads `paths` with `workers` threads and parses the files that name a token, hold one, mention a provider's
/// host, variable, package or own program, are run by such a file or are one import away from it. Apart from
/// what `deadline` cuts off, the result is the same for any number of threads.
Loaded load_files(const CodeBase& code, const std::vector<std::string>& paths, std::span<const Token> tokens,
                  const Needles& needles, std::span<const Interest> interests, unsigned workers, Deadline deadline);

}  // namespace overreach::purpose
