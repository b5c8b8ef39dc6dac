#include "scanner/source/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace overreach {

Result<MappedFile> MappedFile::open(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const auto failure = [&] { return fail(Error::Kind::io, std::generic_category().message(errno)); };
  if (fd < 0) return failure();
  struct stat info {};
  void* data = nullptr;
  const bool regular = fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
  const auto size = static_cast<std::size_t>(info.st_size);
  if (regular && size > 0) data = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  const int error = errno;
  close(fd);
  if (!regular) return fail(Error::Kind::refused, "not a regular file");
  if (data == MAP_FAILED) return fail(Error::Kind::io, std::generic_category().message(error));
  return MappedFile(std::string_view(static_cast<const char*>(data), data == nullptr ? 0 : size));
}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  return *this;
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(const_cast<char*>(bytes_.data()), bytes_.size());
}

}  // namespace overreach
