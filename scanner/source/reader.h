// Reading contents of any size with bounded memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "scanner/base/result.h"
#include "scanner/source/source.h"

namespace overreach {

/// How much of a content is held at once, in bytes.
struct WindowSize {
  std::size_t window = std::size_t{64} << 20U;  // contents up to this size are pushed whole
  std::size_t margin = std::size_t{1} << 20U;   // seen on either side of a window's own bytes: longer than any rule
                                                // looks (64 KiB) and than a companion is likely to be away
};

/// True when files in the open directory `directory` lie in a file system that is known to hand them out by pages of
/// memory, so that an error in the middle of a file shows at the end of a page. Costs a system call.
bool reads_through_page_cache(int directory);

/// Reads contents one after another into memory that is kept. One per thread.
///
/// A content that is larger than a window is pushed in windows that overlap by two margins. Each byte is some window's
/// own exactly once, and what begins there has a margin of context on both sides.
class Reader {
 public:
  /// `part` is null when `bytes` is all of the content. Both live until the call returns.
  using Push = std::function<void(std::string_view bytes, const Part* part)>;

  explicit Reader(WindowSize size = {}) : size_(size) {}

  /// Reads the regular file `name` in the directory `at`. Symbolic links are not followed. What could be read is
  /// pushed even when there is an error. A file that grows faster than it is read, and one of the kernel's that has
  /// no end, is left after a window more than it promised, and the error says so. `paged`: what
  /// reads_through_page_cache() says of the directory; false is always right.
  Result<void> read_file(int at, const char* name, bool paged, const Push& push);

  /// Reads a descriptor of any kind to its end; a file as read_file() does.
  Result<void> read_stream(int descriptor, const Push& push);

 private:
  /// How many bytes the buffer holds, and why there are not more (errno; 0: the content has ended, or it is full).
  struct Filled {
    std::size_t have = 0;
    int error = 0;
  };

  Result<void> read_all(int descriptor, bool only_files, const Push& push);
  Result<void> read_windows(int descriptor, std::uint64_t limit, std::size_t have, const Push& push);
  Filled fill(int descriptor, std::size_t have, std::size_t capacity);
  void reserve(std::size_t capacity, std::size_t keep);
  std::size_t slide(std::size_t have, Part& part);

  WindowSize size_;
  bool paged_ = false;
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
};

}  // namespace overreach
