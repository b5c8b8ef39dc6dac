// What comes out of a container, on its way to the consumer: named, counted and limited.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/source/source.h"

namespace overreach {

/// How much may come out of one file or object, all containers inside it together. What lies beyond is named and
/// makes the scan incomplete.
struct UnpackLimits {
  unsigned depth = 4;                                   // containers inside each other
  std::uint64_t entries = 100'000;                      // files
  std::uint64_t bytes = std::uint64_t{2} << 30U;        // of all files
  std::uint64_t ratio = 200;                            // bytes out for one byte in ...
  std::uint64_t free_bytes = std::uint64_t{64} << 20U;  // ... beyond so many
  std::uint64_t window = std::uint64_t{64} << 20U;      // a file that is larger is pushed in windows
  std::uint64_t margin = std::uint64_t{1} << 20U;       // which show so much on either side of what is their own
};

/// What is left of the limits.
struct UnpackBudget {
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
};

/// The inside of one container. Not shareable.
class Inside {
 public:
  using Push = std::function<void(const Blob&)>;

  /// Borrows all of them. The bytes of `outer` need not be all of it.
  Inside(const Blob& outer, const UnpackLimits& limits, UnpackBudget& budget, Tally& tally, const Push& push);

  /// A file begins. `name` is whatever the container says: it is only shown, never opened. False when there are too
  /// many.
  bool begin(std::string name);
  /// More of it. False when a limit was hit: nothing more is wanted of this container.
  bool append(std::string_view bytes);
  /// It has ended: what was not pushed yet is.
  void end();

  /// The three in one.
  bool file(std::string name, std::string_view bytes) {
    return begin(std::move(name)) && append(bytes) && (end(), true);
  }

  /// Names something inside that was not read; empty: the container itself.
  void skip(std::string_view name, std::string reason, bool incomplete);

  /// A limit was hit, or something was skipped.
  bool partly() const { return partly_; }
  bool stopped() const { return stopped_; }

 private:
  void push_window(bool last);
  bool stop(std::string reason);

  const Blob& outer_;
  const UnpackLimits& limits_;
  UnpackBudget& budget_;
  Tally& tally_;
  const Push& push_;
  std::string prefix_;  // "backup.zip!/", of the first place of the container
  std::string name_;
  std::string bytes_;  // of the file, or of its window
  bool windowed_ = false;
  Part part_;
  bool partly_ = false;
  bool stopped_ = false;
};

}  // namespace overreach
