// Packs made by hand: with deltas that cut where the test wants, which git's own would not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace overreach::testing {

/// One instruction of a delta: copy [from, from + size) of the base, or insert `bytes` when size is 0.
struct Step {
  std::uint64_t from = 0;
  std::uint64_t size = 0;
  std::string bytes;
};

/// Collects blobs and writes them as one pack, indexed by git.
class PackWriter {
 public:
  /// Adds a whole blob; returns its number.
  std::size_t add(std::string bytes);
  /// Adds what `steps` make of blob `base`; returns its number.
  std::size_t derive(std::size_t base, const std::vector<Step>& steps);
  const std::string& bytes(std::size_t blob) const { return blobs_[blob].bytes; }
  std::size_t size() const { return blobs_.size(); }

  /// Puts the pack and its index into the repository. Throws with git's words when git does not take it.
  void write(const std::string& repository) const;

 private:
  struct Entry {
    std::string bytes;
    std::uint64_t offset = 0;
  };
  void append(unsigned type, std::string_view before_data, std::string_view data);

  std::vector<Entry> blobs_;
  std::string entries_;  // what follows the pack's header
};

}  // namespace overreach::testing
