#include "scanner/source/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace overreach {
namespace {

/// A descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

std::string reason(int error) { return std::generic_category().message(error); }

void append_utf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0U | (code >> 6U));
    out += static_cast<char>(0x80U | (code & 0x3fU));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0U | (code >> 12U));
    out += static_cast<char>(0x80U | ((code >> 6U) & 0x3fU));
    out += static_cast<char>(0x80U | (code & 0x3fU));
  } else {
    out += static_cast<char>(0xf0U | (code >> 18U));
    out += static_cast<char>(0x80U | ((code >> 12U) & 0x3fU));
    out += static_cast<char>(0x80U | ((code >> 6U) & 0x3fU));
    out += static_cast<char>(0x80U | (code & 0x3fU));
  }
}

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

std::optional<std::string> utf16_to_utf8(std::string_view bytes) {
  const bool little = bytes.starts_with("\xff\xfe");
  if (!little && !bytes.starts_with("\xfe\xff")) return std::nullopt;
  const auto unit = [&](std::size_t i) {
    const auto a = static_cast<std::uint8_t>(bytes[i]);
    const auto b = static_cast<std::uint8_t>(bytes[i + 1]);
    return static_cast<std::uint32_t>(little ? a | (b << 8) : b | (a << 8));
  };
  std::string out;
  out.reserve(bytes.size());
  for (std::size_t i = 2; i + 1 < bytes.size(); i += 2) {
    std::uint32_t code = unit(i);
    const bool high = code >= 0xd800 && code < 0xdc00;
    if (high && i + 3 < bytes.size() && unit(i + 2) >= 0xdc00 && unit(i + 2) < 0xe000) {
      code = 0x10000 + ((code - 0xd800) << 10U) + (unit(i + 2) - 0xdc00);
      i += 2;
    } else if (code >= 0xd800 && code < 0xe000) {
      code = 0xfffd;
    }
    append_utf8(out, code);
  }
  return out;
}

}  // namespace overreach
