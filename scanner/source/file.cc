#include "scanner/source/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "scanner/source/descriptor.h"

namespace overreach {
namespace {

std::string reason(int error) { return std::generic_category().message(error); }

}  // namespace

Result<std::string_view> read_file(int at, const char* path, std::string& buffer) {
  // O_NONBLOCK: opening a FIFO nobody writes to must not hang; it has no effect on files.
  const Descriptor file(openat(at, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (file.get() < 0) return fail(Error::Kind::io, reason(errno));
  struct stat info {};
  if (fstat(file.get(), &info) != 0) return fail(Error::Kind::io, reason(errno));
  if (!S_ISREG(info.st_mode)) return fail(Error::Kind::refused, "not a regular file");
  const auto size = static_cast<std::uint64_t>(info.st_size);
  if (size > kMaxFileSize) return fail(Error::Kind::limit, "larger than 256 MiB");

  // One byte more than stat says, so that a file that grew or lied (/proc) is read to its end.
  std::size_t have = 0;
  if (buffer.size() < size + 1) buffer.resize(size + 1);
  while (true) {
    const ssize_t got = read(file.get(), buffer.data() + have, buffer.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(Error::Kind::io, reason(errno));
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
    if (have > kMaxFileSize) return fail(Error::Kind::limit, "larger than 256 MiB");
    if (have == buffer.size()) buffer.resize(buffer.size() * 2);
  }
  return std::string_view(buffer.data(), have);
}

bool is_binary(std::string_view bytes) { return bytes.substr(0, 8000).find('\0') != std::string_view::npos; }

}  // namespace overreach
