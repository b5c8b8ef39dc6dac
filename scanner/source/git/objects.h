// Every object of one type in a repository.
#pragma once

#include <filesystem>
#include <functional>
#include <string_view>

#include "scanner/base/result.h"
#include "scanner/source/git/object_store.h"
#include "scanner/source/source.h"

namespace overreach {

/// A repository's objects, opened once for several threads.
class Objects {
 public:
  /// Tells of an object (raw id) that it need not be read. Called from several threads.
  using Known = std::function<bool(std::string_view raw_id)>;

  /// Error when it is no repository. Packs that cannot be read are named in `tally`.
  static Result<Objects> open(const std::filesystem::path& repository, Tally& tally);

  /// Pushes every object of `type`, reachable or not, each once, with `workers` threads: packed ones along their
  /// deltas, then loose ones. The blobs have one history Origin with an empty path. Counts blobs and bytes in `tally`,
  /// and names what cannot be read. Packs are loaded when they are first read, so this is not for several threads.
  void read(ObjectType type, const Sink& sink, unsigned workers, Tally& tally, const Known& known = {});

  /// The parts of read(): one pack, by its place among those of the store, without what earlier packs have; and the
  /// loose objects that no pack has.
  void read_pack(std::size_t index, ObjectType type, const Sink& sink, unsigned workers, Tally& tally,
                 const Known& known);
  void read_loose(ObjectType type, const Sink& sink, unsigned workers, Tally& tally, const Known& known) const;

  const ObjectStore& store() const { return store_; }
  /// The git directory of the work tree that was opened, and the one that all its work trees share.
  const std::filesystem::path& git_dir() const { return git_dir_; }
  const std::filesystem::path& common_dir() const { return common_dir_; }

 private:
  void read_loose(const ObjectStore::Loose& loose, ObjectType type, const Sink& sink, unsigned worker,
                  Tally& tally) const;

  std::filesystem::path git_dir_, common_dir_;
  ObjectStore store_;
};

}  // namespace overreach
