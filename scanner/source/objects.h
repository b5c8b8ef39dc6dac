// Every object of one type in a repository.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/source/git.h"
#include "scanner/source/object_store.h"
#include "scanner/source/source.h"

namespace overreach {

/// A repository's objects, opened once for several threads.
class Objects {
 public:
  /// Error when it is no repository that libgit2 can open. Packs that cannot be read are named in `tally`.
  static Result<Objects> open(const std::filesystem::path& repository, unsigned workers, Tally& tally);

  /// Pushes every object of `type`, reachable or not, each once: packed ones along their deltas, then loose ones. The
  /// blobs have one history Origin with an empty path. Counts blobs and bytes in `tally`, and names what cannot be
  /// read.
  void read(Pack::Type type, const Sink& sink, Tally& tally) const;

  git_repository* repository() const { return repositories_[0].get(); }
  unsigned workers() const { return static_cast<unsigned>(repositories_.size()); }

 private:
  bool in_packs(std::string_view raw_id, std::size_t before) const;
  void read_pack(std::size_t index, Pack::Type type, const Sink& sink, Tally& tally) const;
  void read_loose(std::size_t i, Pack::Type type, const Sink& sink, unsigned worker, Tally& tally) const;

  std::vector<Repository> repositories_;  // one per worker: libgit2 objects are not shared between threads
  std::vector<Odb> odbs_;
  ObjectStore store_;
};

}  // namespace overreach
