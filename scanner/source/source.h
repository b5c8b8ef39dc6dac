// Where bytes come from: the seam between reading and matching.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace overreach {

/// One place a blob was seen at.
struct Origin {
  enum class Source : std::uint8_t {
    tree,     // a file of the working tree (or of any directory)
    index,    // staged for the next commit
    commit,   // added by a commit of the range asked for
    history,  // held by some object of the repository, reachable or not
    input,    // standard input
  };
  Source source = Source::tree;
  std::string path;      // relative to the scanned root, '/' only, bytes as the system has them
  std::string commit;    // commit and history: full hex id of the first commit that holds it; empty if unreachable
  bool ignored = false;  // tree: git ignores this file, so a commit does not carry it, but an agent can read it
  bool in_head = false;  // commit and history: the blob is still in HEAD at this path
  auto operator<=>(const Origin&) const = default;
};

/// "tree", "index", "commit", "history", "stdin".
std::string_view to_string(Origin::Source source);

/// Bytes with an identity, and where they were seen. Borrowed: valid during the sink call only.
struct Blob {
  std::string_view bytes;
  std::string_view id;  // hex object id in git sources, else empty
  std::span<const Origin> origins;
};

/// Something that was not scanned, and why.
struct Skipped {
  std::string path;         // or "commit:path", or an object id
  std::string reason;       // "binary", "larger than 64 MiB", "permission denied", ...
  bool incomplete = false;  // true: the scan promised to read it and could not (exit 3)
  auto operator<=>(const Skipped&) const = default;
};

/// What a scan has read. All members may be called from any thread.
class Tally {
 public:
  std::atomic<std::uint64_t> files{0};    // working tree files or staged files read
  std::atomic<std::uint64_t> blobs{0};    // distinct git objects read
  std::atomic<std::uint64_t> commits{0};  // commits walked
  std::atomic<std::uint64_t> bytes{0};    // bytes handed to the matcher

  void skip(std::string path, std::string reason, bool incomplete);
  /// Sorted; call after reading has ended.
  std::vector<Skipped> skipped() const;
  bool incomplete() const;

 private:
  mutable std::mutex mutex_;
  std::vector<Skipped> skipped_;
};

/// Receives blobs from several threads at once. `worker` is in [0, workers) and never
/// in use by two threads at the same time. Must not throw.
using Sink = std::function<void(const Blob& blob, unsigned worker)>;

/// Reads blobs and pushes them into a sink.
class Source {
 public:
  virtual ~Source() = default;
  /// Reads everything with `workers` threads (at least 1). What cannot be read is
  /// counted in `tally`, named, and does not end the run.
  virtual void read(const Sink& sink, unsigned workers, Tally& tally) = 0;
};

}  // namespace overreach
