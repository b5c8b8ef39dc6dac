// The buffer is small at first and stays hot in the cache: most files end before it is full, and need no other call
// than open, read and close. Only one that fills it is asked for its size.
//
// mmap takes two and a half times as long over a tree of sources (ci/bench/README.md): mapping a small file and its
// page faults cost more than a copy into memory that is there already. And a mapped file that shrinks kills the
// process.
//
// A read that stops short may stop at a page that the disk cannot give, and only the next one says so. Where files are
// read through the page cache it stops at the end of a page then: a read that ends within a page has reached the end of
// the file, and the second read is saved.
#include "scanner/source/reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "scanner/base/utf8.h"
#include "scanner/source/descriptor.h"
#include "scanner/source/file.h"

namespace overreach {
namespace {

constexpr std::size_t kFirst = 128 << 10;             // bytes; most files are smaller
constexpr std::size_t kKeep = 16 << 20;               // a larger buffer is given back after use
constexpr std::size_t kChunk = std::size_t{1} << 30;  // read(2) takes no more than 2 GiB at once

tl::unexpected<Error> failed(int error) { return fail(Error::Kind::io, std::generic_category().message(error)); }

/// Files of the kernel's that say they are huge (/proc/kcore) or empty (/proc/self/pagemap), and are neither.
bool is_made_up(int descriptor) {
  struct statfs info {};
  if (fstatfs(descriptor, &info) != 0) return false;
  constexpr std::uint32_t kinds[] = {0x9fa0, 0x62656572, 0x64626720, 0x74726163};  // proc, sysfs, debugfs, tracefs
  return std::find(std::begin(kinds), std::end(kinds), static_cast<std::uint32_t>(info.f_type)) != std::end(kinds);
}

constexpr std::size_t kPage = 4096;  // the smallest there are; others are multiples

/// Moves the position of a window's begin over `bytes`.
void advance(Part& part, std::string_view bytes) {
  part.offset += bytes.size();
  part.lines += static_cast<std::uint64_t>(std::count(bytes.begin(), bytes.end(), '\n'));
  const std::size_t last = bytes.rfind('\n');
  if (last != std::string_view::npos) {
    part.column = 0;
    part.utf16 = 0;
    bytes.remove_prefix(last + 1);
  }
  part.column += bytes.size();
  part.utf16 += utf16_length(bytes);
}

}  // namespace

bool reads_through_page_cache(int directory) {
  struct statfs info {};
  constexpr std::uint32_t kinds[] = {0xef53,     0x58465342, 0x9123683e,   // ext2 to ext4, XFS, Btrfs
                                     0xf2f52010, 0x01021994, 0x794c7630};  // F2FS, tmpfs, overlayfs
  return fstatfs(directory, &info) == 0 &&
         std::find(std::begin(kinds), std::end(kinds), static_cast<std::uint32_t>(info.f_type)) != std::end(kinds);
}

void Reader::reserve(std::size_t capacity, std::size_t keep) {
  if (capacity <= capacity_) return;
  std::unique_ptr<char[]> larger(new char[capacity]);  // not cleared
  if (keep > 0) std::memcpy(larger.get(), buffer_.get(), keep);
  buffer_ = std::move(larger);
  capacity_ = capacity;
}

/// Reads until `capacity` bytes are there or the content ends; `have` are there already.
Reader::Filled Reader::fill(int descriptor, std::size_t have, std::size_t capacity) {
  while (have < capacity) {
    const ssize_t got = read(descriptor, buffer_.get() + have, std::min(capacity - have, kChunk));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return {have, errno};
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
    if (paged_ && have % kPage != 0 && have < capacity) break;
  }
  return {have, 0};
}

Result<void> Reader::read_file(int at, const char* name, bool paged, const Push& push) {
  // O_NONBLOCK: opening a FIFO that took the place of a file must not hang; it has no effect on files.
  const Descriptor file(openat(at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (file.get() < 0) return errno == ELOOP ? fail(Error::Kind::refused, "became a symbolic link") : failed(errno);
  paged_ = paged;
  return read_all(file.get(), true, push);
}

Result<void> Reader::read_stream(int descriptor, const Push& push) {
  paged_ = false;
  return read_all(descriptor, false, push);
}

Result<void> Reader::read_all(int descriptor, bool only_files, const Push& push) {
  reserve(std::min(kFirst, size_.window), 0);
  std::uint64_t limit = UINT64_MAX;
  Filled filled = fill(descriptor, 0, std::min(capacity_, size_.window));
  while (filled.error == 0 && filled.have == std::min(capacity_, size_.window)) {
    struct stat info {};
    if (limit == UINT64_MAX && fstat(descriptor, &info) != 0) return failed(errno);
    if (only_files && limit == UINT64_MAX && !S_ISREG(info.st_mode))
      return fail(Error::Kind::refused, "not a regular file");
    if (limit == UINT64_MAX && S_ISREG(info.st_mode))
      limit = size_.window + (is_made_up(descriptor) ? 0 : static_cast<std::uint64_t>(info.st_size));
    if (filled.have == size_.window) return read_windows(descriptor, limit, filled.have, push);
    // A byte more than it says, so that its end is seen.
    const std::uint64_t said = std::max<std::uint64_t>(static_cast<std::uint64_t>(info.st_size) + 1, 2 * capacity_);
    reserve(static_cast<std::size_t>(std::min<std::uint64_t>(said, size_.window)), filled.have);
    filled = fill(descriptor, filled.have, capacity_);
  }
  if (filled.have > 0 || filled.error == 0) push({buffer_.get(), filled.have}, nullptr);
  if (capacity_ > kKeep) {
    buffer_.reset();
    capacity_ = 0;
  }
  return filled.error == 0 ? Result<void>() : failed(filled.error);
}

/// Drops what the next window does not need and returns how much is left. Windows begin at whole characters, and at
/// a multiple of four where the content is not text: UTF-16 and UTF-32 stay aligned.
std::size_t Reader::slide(std::size_t have, Part& part) {
  std::size_t begin = (part.own.end - size_.margin) & ~std::size_t{3};
  const auto inside = [&](std::size_t at) { return (static_cast<unsigned char>(buffer_[at]) & 0xc0U) == 0x80; };
  for (unsigned back = 0; !part.binary && back < 3 && inside(begin); ++back) --begin;
  advance(part, {buffer_.get(), begin});
  part.own.begin = part.own.end - begin;
  std::memmove(buffer_.get(), buffer_.get() + begin, have - begin);
  return have - begin;
}

/// The buffer holds a window that is full.
Result<void> Reader::read_windows(int descriptor, std::uint64_t limit, std::size_t have, const Push& push) {
  Part part;
  part.binary = is_binary({buffer_.get(), have});
  part.descriptor = limit == UINT64_MAX ? -1 : descriptor;
  Filled filled{have, 0};
  while (true) {
    const bool full = filled.have == size_.window && filled.error == 0;
    const bool endless = full && part.offset + filled.have > limit;
    part.own.end = full && !endless ? filled.have - size_.margin : filled.have;
    push({buffer_.get(), filled.have}, &part);
    if (endless)
      return fail(Error::Kind::limit, "grows without end: only the first " +
                                          std::to_string((part.offset + filled.have) >> 20U) + " MiB were read");
    if (!full) break;
    filled = fill(descriptor, slide(filled.have, part), size_.window);
  }
  buffer_.reset();
  capacity_ = 0;
  return filled.error == 0 ? Result<void>() : failed(filled.error);
}

}  // namespace overreach
