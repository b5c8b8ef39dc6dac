#include "scanner/cli/codebase.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <utility>

#include "scanner/source/file.h"
#include "scanner/source/git/commit_walk.h"
#include "scanner/source/git/index_file.h"
#include "scanner/source/git/object_store.h"
#include "scanner/source/git/staged.h"
#include "scanner/source/git/tree_diff.h"

namespace overreach {
namespace {

namespace fs = std::filesystem;

/// Blobs by path. What cannot be read is not code: the scan has named it.
class BlobCode : public CodeBase {
 public:
  using Files = std::map<std::string, std::string>;  // raw ids

  explicit BlobCode(const RepositoryPaths& repository) : store_(repository.objects, repository.id_size, unheard_) {}

  const ObjectStore& store() const { return store_; }
  /// For a function that lists them.
  Tally& unheard() { return unheard_; }
  void set_files(Files files) { files_ = std::move(files); }

  std::vector<std::string> paths() const override {
    std::vector<std::string> out;
    for (const auto& [path, id] : files_) out.push_back(path);
    return out;
  }

  Result<std::string> read(const std::string& path) const override {
    Result<Object> object = store_.read(files_.at(path));
    if (!object) return tl::unexpected(object.error());
    return std::move(object->bytes);
  }

 private:
  Tally unheard_;
  ObjectStore store_;
  Files files_;
};

class NoCode : public CodeBase {
 public:
  std::vector<std::string> paths() const override { return {}; }
  Result<std::string> read(const std::string& path) const override { return fail(Error::Kind::io, path); }
};

}  // namespace

std::unique_ptr<CodeBase> index_code(const RepositoryPaths& repository) {
  auto code = std::make_unique<BlobCode>(repository);
  const Result<IndexFile> index = IndexFile::open(repository.index, repository.git_dir, repository.id_size);
  if (!index) return code;
  const auto read_tree = [&](std::string_view id) -> Result<std::string> {
    return code->store().read(id).map([](Object object) { return std::move(object.bytes); });
  };
  BlobCode::Files files;
  for (StagedFile& file : staged_files(*index, {}, read_tree, code->unheard()))
    if (S_ISREG(file.mode)) files.emplace(std::move(file.path), std::move(file.id));
  code->set_files(std::move(files));
  return code;
}

std::unique_ptr<CodeBase> head_code(const RepositoryPaths& repository) {
  auto code = std::make_unique<BlobCode>(repository);
  const Result<CommitObject> head = read_commit(code->store(), read_ref(repository, "HEAD").value_or(""));
  if (!head) return code;
  BlobCode::Files files;
  TreeVisitor visitor;
  visitor.fresh = [&](const std::string& path, const TreeEntry& entry) {
    if (S_ISREG(entry.mode)) files.emplace(path, entry.id);
  };
  visitor.lost = [](const std::string&, const Error&) {};
  TreeReader reader(code->store());
  compare_trees(reader, head->tree, {}, visitor);
  code->set_files(std::move(files));
  return code;
}

std::unique_ptr<CodeBase> no_code() { return std::make_unique<NoCode>(); }

}  // namespace overreach
