#include "scanner/cli/codebase.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "scanner/source/file.h"
#include "scanner/source/index_file.h"
#include "scanner/source/object_store.h"
#include "scanner/source/staged.h"
#include "scanner/source/tree_diff.h"

namespace overreach {
namespace {

namespace fs = std::filesystem;

class DirectoryCode : public CodeBase {
 public:
  explicit DirectoryCode(fs::path root) : root_(std::move(root)) {}

  std::vector<std::string> paths() const override {
    std::vector<std::string> out;
    const std::string root = root_.generic_string();
    std::error_code error;
    fs::recursive_directory_iterator it(root_, fs::directory_options::skip_permission_denied, error);
    for (; !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
      if (it->path().filename() == ".git") {
        it.disable_recursion_pending();
      } else if (!it->is_symlink(error) && it->is_regular_file(error)) {  // from the directory, without a stat
        std::string path = it->path().generic_string().substr(root.size());
        path.erase(0, path.find_first_not_of('/'));
        out.push_back(std::move(path));
      }
    }
    std::sort(out.begin(), out.end());
    return out;
  }

  Result<std::string> read(const std::string& path) const override {
    std::string buffer;
    const Result<std::string_view> bytes = read_file(AT_FDCWD, (root_ / path).c_str(), buffer);
    if (!bytes) return tl::unexpected(bytes.error());
    buffer.resize(bytes->size());  // they begin where it begins
    return buffer;
  }

 private:
  fs::path root_;
};

/// Blobs by path; the object database is locked because libgit2 handles are per thread.
class BlobCode : public CodeBase {
 public:
  BlobCode(git_repository* repository, std::map<std::string, git_oid> files)
      : repository_(repository), files_(std::move(files)) {}

  std::vector<std::string> paths() const override {
    std::vector<std::string> out;
    for (const auto& [path, id] : files_) out.push_back(path);
    return out;
  }

  Result<std::string> read(const std::string& path) const override {
    const std::scoped_lock lock(mutex_);
    git_blob* raw = nullptr;
    if (git_blob_lookup(&raw, repository_, &files_.at(path)) != 0) return tl::unexpected(git_failure(path));
    const Handle<git_blob, git_blob_free> blob(raw);
    return std::string(static_cast<const char*>(git_blob_rawcontent(raw)),
                       static_cast<std::size_t>(git_blob_rawsize(raw)));
  }

 private:
  git_repository* repository_;
  std::map<std::string, git_oid> files_;
  mutable std::mutex mutex_;
};

/// Every file that the index has; those of directories outside a sparse check-out too. What cannot be read is not code:
/// the scan has named it.
class IndexCode : public CodeBase {
 public:
  explicit IndexCode(const RepositoryPaths& repository) : store_(repository.objects, repository.id_size, unheard_) {
    const Result<IndexFile> index = IndexFile::open(repository.index, repository.git_dir, repository.id_size);
    if (!index) return;
    const auto read_tree = [&](std::string_view id) { return bytes_of(store_.read(id)); };
    for (StagedFile& file : staged_files(*index, {}, read_tree, unheard_))
      if (S_ISREG(file.mode)) files_.emplace(std::move(file.path), std::move(file.id));
  }

  std::vector<std::string> paths() const override {
    std::vector<std::string> out;
    for (const auto& [path, id] : files_) out.push_back(path);
    return out;
  }

  Result<std::string> read(const std::string& path) const override { return bytes_of(store_.read(files_.at(path))); }

 private:
  static Result<std::string> bytes_of(Result<Object> object) {
    if (!object) return tl::unexpected(object.error());
    return std::move(object->bytes);
  }

  Tally unheard_;
  ObjectStore store_;
  std::map<std::string, std::string> files_;  // raw ids
};

class NoCode : public CodeBase {
 public:
  std::vector<std::string> paths() const override { return {}; }
  Result<std::string> read(const std::string& path) const override { return fail(Error::Kind::io, path); }
};

}  // namespace

std::unique_ptr<CodeBase> directory_code(fs::path root) { return std::make_unique<DirectoryCode>(std::move(root)); }

std::unique_ptr<CodeBase> index_code(const RepositoryPaths& repository) {
  return std::make_unique<IndexCode>(repository);
}

std::unique_ptr<CodeBase> head_code(git_repository* repository) {
  std::map<std::string, git_oid> files;
  if (const Tree head = head_tree(repository))
    for_each_new_blob(repository, head.get(), {},
                      [&](const std::string& path, const git_oid& id) { files.emplace(path, id); });
  return std::make_unique<BlobCode>(repository, std::move(files));
}

std::unique_ptr<CodeBase> no_code() { return std::make_unique<NoCode>(); }

}  // namespace overreach
