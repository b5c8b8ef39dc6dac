// Where bytes come from: the seam between reading and matching.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/base/span.h"

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

  // History only.
  std::string last_commit{};        // full hex id of the newest commit that holds it
  std::vector<std::string> refs{};  // names of the best known refs that reach it, at most three
  std::uint32_t ref_count = 0;      // how many refs reach it
  bool in_reflog = false;           // a reflog reaches it

  std::string inner{};  // path inside the container that `path` is: "conf/.env", "a.jar!/b.txt"; mostly empty
  auto operator<=>(const Origin&) const = default;
};

/// "backup.zip!/conf/.env": how reports name the place.
std::string shown_path(const Origin& origin);

/// "tree", "index", "commit", "history", "stdin".
std::string_view to_string(Origin::Source source);

/// A run of bytes of a derived blob.
struct Segment {
  std::uint64_t at = 0;  // offset in the derived blob
  std::uint64_t size = 0;
  std::uint64_t from = 0;  // copied: offset in the base
  bool copied = false;     // false: the bytes are new
};

/// What a consumer remembers of a blob while blobs that derive from it are pushed.
class Memory {
 public:
  Memory() = default;
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  virtual ~Memory() = default;
};

/// How a blob came from another one that was pushed before: most of it is usually copied.
struct Derivation {
  const Memory* base_memory = nullptr;  // what the consumer left for the base; null: nothing
  std::uint64_t base_size = 0;          // bytes
  std::span<const Segment> segments;    // in order, without gaps, never empty
};

/// Which part of a content a blob is, where the content is too large to hold: it is pushed in windows that overlap,
/// in order, to one worker.
struct Part {
  std::uint64_t offset = 0;  // of the blob's first byte in the content
  std::uint64_t lines = 0;   // line breaks before it
  std::uint64_t column = 0;  // bytes between the last of them and it
  std::uint64_t utf16 = 0;   // the same in UTF-16 code units
  Span own;                  // offsets into the blob: what begins outside belongs to the window before or after
  bool binary = false;       // the content is not text, judged by its first bytes
  int descriptor = -1;       // a file open on the whole content, to pread from; -1: a stream
};

/// Bytes with an identity, and where they were seen. Borrowed: valid during the sink call only.
struct Blob {
  std::string_view bytes;
  std::string_view id;  // raw object id in git sources, else empty
  std::span<const Origin> origins;
  const Derivation* derivation = nullptr;     // null: read it whole
  std::unique_ptr<Memory>* memory = nullptr;  // not null: more blobs may derive from this one, so what is
                                              // left here comes back as their base_memory
  const Part* part = nullptr;                 // not null: only a window of the content
};

/// Something that was not scanned, and why.
struct Skipped {
  std::string path;         // or "commit:path", or an object id
  std::string reason;       // "binary", "larger than 64 MiB", "permission denied", ...
  bool incomplete = false;  // true: the scan promised to read it and could not (exit 3)
  auto operator<=>(const Skipped&) const = default;
};

/// What a scan has read. All members may be called from any thread. Counters are shared by all threads, so whoever
/// handles many small things adds up first.
class Tally {
 public:
  std::atomic<std::uint64_t> files{0};       // working tree files or staged files read
  std::atomic<std::uint64_t> cached{0};      // of the blobs, those that an earlier scan has read
  std::atomic<std::uint64_t> blobs{0};       // distinct git objects read
  std::atomic<std::uint64_t> commits{0};     // commits walked
  std::atomic<std::uint64_t> bytes{0};       // bytes of all of them, handed to the matcher
  std::atomic<std::uint64_t> scanned{0};     // bytes searched for literals: less where most of a blob was copied
  std::atomic<std::uint64_t> hits{0};        // literals found
  std::atomic<std::uint64_t> candidates{0};  // places where a rule's pattern matched
  std::atomic<std::uint64_t> confirmed{0};   // those that were taken for a credential

  std::atomic<std::uint64_t> inflated{0};  // bytes that came out of compressed objects and deltas
  std::atomic<std::uint64_t> lost{0};      // things that could not be read

  // How much there is to read, for the time left; 0 where a source cannot tell.
  std::atomic<std::uint64_t> expected_bytes{0};
  std::atomic<std::uint64_t> expected_blobs{0};

  void skip(std::string path, std::string reason, bool incomplete);
  /// Something could not be read at all: skip(), incomplete, and counted in `lost`.
  void lose(std::string path, std::string reason);
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
