#include "scanner/source/unpack/unpack.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "scanner/source/file.h"
#include "scanner/source/unpack/archive.h"
#include "scanner/source/unpack/container.h"
#include "scanner/source/unpack/notebook.h"
#include "scanner/source/unpack/sqlite.h"

namespace overreach {
namespace {

/// Bytes of all of the content, not only of a window of it.
std::uint64_t size_of(const Blob& blob) {
  struct stat info {};
  if (blob.part == nullptr || blob.part->descriptor < 0 || fstat(blob.part->descriptor, &info) != 0)
    return blob.bytes.size();
  return static_cast<std::uint64_t>(info.st_size);
}

std::string_view name_of(const Blob& blob) {
  const Origin& origin = blob.origins[0];
  return origin.inner.empty() ? origin.path : origin.inner;
}

}  // namespace

Unpacker::Outcome Unpacker::unpack(const Blob& blob, const Inside::Push& push) {
  if (blob.part != nullptr && blob.part->offset != 0) return Outcome::none;
  const Container kind = container_of(blob.bytes);
  if (kind == Container::none || (kind == Container::notebook && blob.part != nullptr)) return Outcome::none;
  if (depth_ == 0) {
    const std::uint64_t grown = limits_.free_bytes + size_of(blob) * limits_.ratio;
    budget_ = {limits_.entries, std::min(limits_.bytes, grown)};
  }
  Inside inside(blob, limits_, budget_, tally_, push);
  if (depth_ == limits_.depth)
    inside.skip({}, "a container inside " + std::to_string(depth_) + " others was not opened", true);
  else if (blob.part != nullptr && blob.part->descriptor < 0)
    inside.skip({}, "a container too large to be held was not opened", true);
  else
    open(blob, inside);
  return inside.partly() ? Outcome::partly : Outcome::whole;
}

void Unpacker::open(const Blob& blob, Inside& inside) {
  ++depth_;
  const Container kind = container_of(blob.bytes);
  std::string whole;
  if (kind == Container::notebook) {
    if (!read_notebook(blob.bytes, inside)) inside.skip({}, "a notebook that is no JSON: read as text", false);
  } else if (kind != Container::sqlite) {
    read_archive(kind, {blob.bytes, blob.part == nullptr ? -1 : blob.part->descriptor}, name_of(blob), inside);
  } else if (read_whole(blob, whole)) {
    read_sqlite(whole, inside);
  } else {
    inside.skip({}, "a database larger than 256 MiB was not opened", true);
  }
  --depth_;
}

/// A copy: SQLite is given memory it may not write to, but its interface asks for memory it could.
bool Unpacker::read_whole(const Blob& blob, std::string& out) {
  if (blob.part == nullptr) {
    out.assign(blob.bytes);
    return true;
  }
  const std::uint64_t size = size_of(blob);
  if (size > kMaxFileSize) return false;
  out.resize(size);
  std::size_t have = 0;
  while (have < out.size()) {
    const ssize_t got = pread(blob.part->descriptor, out.data() + have, out.size() - have, static_cast<off_t>(have));
    if (got <= 0) break;
    have += static_cast<std::size_t>(got);
  }
  out.resize(have);
  return true;
}

}  // namespace overreach
