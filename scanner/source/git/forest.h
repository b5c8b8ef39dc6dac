// Walks the delta forest of a pack: every blob is built once, from the blob it derives from.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/source/git/delta.h"
#include "scanner/source/git/pack.h"
#include "scanner/source/source.h"

namespace overreach {

/// Reads an object by other means, for what a pack cannot give: a base that lies elsewhere, an
/// entry that is damaged here. `outside`: not from this pack. Nothing when it cannot be read or
/// is of another type.
using ReadElsewhere = std::function<std::optional<std::string>(std::string_view raw_id, bool outside)>;

/// One thread's walk over trees of a pack's forest.
///
/// Memory: besides the blob being built, only ancestors that still have children to build are held.
/// The heaviest child comes last and its parent is let go first, so that at most log2(n) ancestors
/// are alive for a tree of n blobs, however deep the chains are.
class ForestWalk {
 public:
  /// What is to be done with an entry.
  enum class Use : std::uint8_t {
    skip,   // nothing; all that derive from it are skipped as well
    build,  // others derive from it, but it is not pushed
    push,
  };

  /// All references are borrowed. `uses` has one Use for each entry of the pack.
  ForestWalk(const Pack& pack, const std::vector<Use>& uses, const Sink& sink, unsigned worker, Tally& tally,
             const ReadElsewhere& elsewhere);

  /// Pushes the blob at entry `root` and all that derive from it, bases before children.
  void read(std::uint32_t root);

 private:
  /// Bytes of a blob. Reused: a new allocation for each of a million blobs costs more than reading it.
  struct Buffer {
    std::unique_ptr<char[]> data;
    std::uint64_t capacity = 0, size = 0;
    std::string_view bytes() const { return {data.get(), size}; }
  };
  /// A blob whose children are not all built yet.
  struct Frame {
    std::uint32_t entry = 0;
    std::size_t next = 0;  // index into children
    Buffer buffer;
    std::unique_ptr<Memory> memory;
  };

  Buffer take(std::uint64_t size);
  void give_back(Buffer buffer);
  Result<void> build_root(std::uint32_t entry, Buffer& buffer);
  Result<void> build_child(std::uint32_t entry, const Frame& parent, Buffer& buffer);
  bool enter(std::uint32_t entry, const Frame* parent, Frame& frame);
  void push(std::uint32_t entry, const Frame* parent, Frame& frame);
  void walk(std::uint32_t root);
  void lose(std::uint32_t entry, const std::string& why);
  bool push_copy(std::uint32_t entry);

  const Pack& pack_;
  const std::vector<Use>& uses_;
  const Sink& sink_;
  unsigned worker_;
  Tally& tally_;
  const ReadElsewhere& elsewhere_;
  Inflater inflater_;
  std::vector<Buffer> spare_;
  Buffer delta_bytes_;
  Delta delta_;
  std::uint64_t inflated_ = 0;  // bytes, since the last time they were added to the tally
  bool derived_ = false;        // whether the blob just built has segments in delta_
};

}  // namespace overreach
