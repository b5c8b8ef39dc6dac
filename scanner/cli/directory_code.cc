#include <fcntl.h>

#include <string>
#include <utility>
#include <vector>

#include "scanner/cli/codebase.h"
#include "scanner/source/beneath.h"
#include "scanner/source/reader.h"
#include "scanner/source/tree.h"

namespace overreach {
namespace {

/// Code of more than 16 MiB is not written by people; purpose parses none of more than 1 MiB.
constexpr WindowSize kLargest = {.window = std::size_t{16} << 20U, .margin = 4096};

class DirectoryCode : public CodeBase {
 public:
  DirectoryCode(const std::filesystem::path& root, std::vector<std::string> paths, const IgnoreFile* ignore)
      : path_(root),
        root_(open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)),
        paths_(std::move(paths)),
        ignore_(ignore) {}

  std::vector<std::string> paths() const override {
    return ignore_ == nullptr ? paths_ : list_tree(path_, TreeFilter{.exclude = {}, .ignore = ignore_}, 1);
  }

  Result<std::string> read(const std::string& path) const override {
    const Descriptor file = open_beneath(root_.get(), path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (file.get() < 0) return fail(Error::Kind::io, "cannot be opened");
    std::string out;
    bool whole = true;
    thread_local Reader reader(kLargest);
    const Result<void> done = reader.read_stream(file.get(), [&](std::string_view bytes, const Part* part) {
      whole = whole && part == nullptr;
      if (whole) out = bytes;
    });
    if (!done) return tl::unexpected(done.error());
    if (!whole) return fail(Error::Kind::limit, "is larger than 16 MiB");
    return out;
  }

 private:
  std::filesystem::path path_;
  Descriptor root_;
  std::vector<std::string> paths_;
  const IgnoreFile* ignore_;
};

}  // namespace

std::unique_ptr<CodeBase> directory_code(const std::filesystem::path& root, std::vector<std::string> paths) {
  return std::make_unique<DirectoryCode>(root, std::move(paths), nullptr);
}

std::unique_ptr<CodeBase> directory_code(const std::filesystem::path& root, const IgnoreFile& ignore) {
  return std::make_unique<DirectoryCode>(root, std::vector<std::string>(), &ignore);
}

}  // namespace overreach
