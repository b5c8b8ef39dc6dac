// What is about to be committed.
#pragma once

#include "scanner/source/git/repository.h"
#include "scanner/source/source.h"

namespace overreach {

/// The staged files that differ from HEAD, as the next commit would record them. What the index has and the commit will
/// not (`git add -N`) is left out; conflicts and submodules are named.
class IndexSource : public Source {
 public:
  explicit IndexSource(RepositoryPaths repository) : repository_(std::move(repository)) {}
  void read(const Sink& sink, unsigned workers, Tally& tally) override;

 private:
  RepositoryPaths repository_;
};

}  // namespace overreach
