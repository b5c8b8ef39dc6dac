// Puts gate files on disk without touching anything that is not ours.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "reports/gate/gate.h"

namespace overreach {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMarker = ".overreach-gates";
constexpr std::string_view kMarkerText = "overreach gates 1: this directory is rewritten by overreach --gates\n";

/// Closes a file descriptor. Movable, so that it can be returned.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

tl::unexpected<Error> failed(const std::string& what, const fs::path& path) {
  return fail(Error::Kind::io, what + " " + path.string() + ": " + std::strerror(errno));
}

/// O_NOFOLLOW: a link in the place of a directory would lead the files somewhere else.
Result<Descriptor> open_directory(int at, const char* name, const fs::path& shown) {
  if (::mkdirat(at, name, 0755) != 0 && errno != EEXIST) return failed("cannot make directory", shown);
  Descriptor fd(::openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (fd.get() < 0) return failed("cannot use directory", shown);
  return fd;
}

bool has_marker(int directory) {
  const Descriptor fd(::openat(directory, kMarker, O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  char text[kMarkerText.size()];
  return fd.get() >= 0 && ::read(fd.get(), text, sizeof text) == static_cast<ssize_t>(sizeof text) &&
         std::string_view(text, sizeof text) == kMarkerText;
}

Result<void> write_all(int fd, std::string_view bytes, const fs::path& shown) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("cannot write", shown);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

/// Written beside its place and renamed over it: a reader sees the old file or the new one.
/// rename replaces a link itself, never what it points to.
Result<void> write_file(int directory, const std::string& name, std::string_view bytes, const fs::path& shown) {
  const std::string temporary = "." + name + ".new";
  ::unlinkat(directory, temporary.c_str(), 0);
  const Descriptor fd(
      ::openat(directory, temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
  if (fd.get() < 0) return failed("cannot write", shown);
  Result<void> done = write_all(fd.get(), bytes, shown);
  if (done && ::fchmod(fd.get(), 0644) != 0) done = failed("cannot set the mode of", shown);
  if (done && ::renameat(directory, temporary.c_str(), directory, name.c_str()) != 0)
    done = failed("cannot put in place", shown);
  if (!done) ::unlinkat(directory, temporary.c_str(), 0);
  return done;
}

Result<void> write_one(int root, const fs::path& directory, const GateFile& file) {
  const fs::path path(file.path);
  const fs::path shown = directory / path;
  if (!path.has_parent_path()) return write_file(root, path.string(), file.content, shown);
  const Result<Descriptor> sub = open_directory(root, path.parent_path().c_str(), directory / path.parent_path());
  if (!sub) return tl::unexpected<Error>(sub.error());
  return write_file(sub->get(), path.filename().string(), file.content, shown);
}

}  // namespace

Result<std::vector<std::string>> write_gates(const fs::path& directory, std::span<const GateFile> files) {
  // "out/" names the same directory as "out", but would make the system follow a link.
  const fs::path target = directory.has_filename() ? directory : directory.parent_path();
  std::error_code error;
  if (target.has_parent_path()) fs::create_directories(target.parent_path(), error);
  const Result<Descriptor> root = open_directory(AT_FDCWD, target.c_str(), target);
  if (!root) return tl::unexpected<Error>(root.error());
  if (!fs::is_empty(target, error) && !has_marker(root->get()))
    return fail(Error::Kind::refused,
                target.string() + " is not empty and was not written by overreach: choose another directory");
  if (error) return fail(Error::Kind::io, "cannot read directory " + target.string() + ": " + error.message());

  if (const auto done = write_file(root->get(), kMarker, kMarkerText, target / kMarker); !done)
    return tl::unexpected<Error>(done.error());
  std::vector<std::string> written;
  for (const GateFile& file : files) {
    if (const auto done = write_one(root->get(), target, file); !done) return tl::unexpected<Error>(done.error());
    written.push_back((target / file.path).string());
  }
  return written;
}

}  // namespace overreach
