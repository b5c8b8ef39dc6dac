#include "scanner/source/git/index_file.h"

#include <algorithm>
#include <cstring>
#include <future>
#include <iterator>
#include <string>
#include <utility>

#include "scanner/base/hash.h"
#include "scanner/source/git/bytes.h"
#include "scanner/source/git/ewah.h"

namespace overreach {
namespace {

constexpr std::size_t kHeader = 12;  // magic, version, number of entries
constexpr std::size_t kStat = 40;    // times, device, owner and size of the file, as lstat gave them; before the id
constexpr std::size_t kModeAt = 24;
constexpr std::uint64_t kExtended = 0x4000, kIntentToAdd = 0x2000, kLength = 0x0fff;
constexpr std::size_t kLargeIndex = 256 * 1024;  // bytes
constexpr std::size_t kChunk = std::size_t{1} << 20U;

tl::unexpected<Error> malformed(const char* what) { return fail(Error::Kind::malformed, what); }

/// Git's variable length number of at most eight bytes; false at the end of the bytes.
bool take_varint(std::string_view& rest, std::uint64_t& value) {
  value = 0;
  for (std::size_t i = 0; i < rest.size() && i < 8; ++i) {
    const auto byte = static_cast<std::uint8_t>(rest[i]);
    value = (value << 7U) | (byte & 0x7fU);
    if ((byte & 0x80U) == 0) {
      rest.remove_prefix(i + 1);
      return true;
    }
    ++value;
  }
  return false;
}

/// Whether the checksum at the end fits what is before it. All zeros: git was told to save the time (index.skipHash).
bool is_whole(std::string_view bytes, std::size_t id_size) {
  const std::string_view checksum = bytes.substr(bytes.size() - id_size);
  bytes.remove_suffix(id_size);
  if (checksum.find_first_not_of('\0') == std::string_view::npos) return true;
  const auto fits = [&](const auto& digest) { return std::memcmp(digest.data(), checksum.data(), digest.size()) == 0; };
  return id_size == 20 ? fits(sha1(bytes, {})) : fits(sha256(bytes, {}));
}

bool in_order(const IndexFile::Entry& a, const IndexFile::Entry& b) {
  const int order = a.path.compare(b.path);
  return order != 0 ? order < 0 : a.stage < b.stage;
}

}  // namespace

char* IndexFile::Arena::take(std::size_t size) {
  if (size > left_) return nullptr;
  left_ -= size;
  if (size > free_ || next_ == nullptr) {
    free_ = std::max(size, kChunk);
    chunks_.push_back(std::make_unique<char[]>(free_));
    next_ = chunks_.back().get();
  }
  free_ -= size;
  return std::exchange(next_, next_ + size);
}

Result<IndexFile> IndexFile::open(const std::filesystem::path& path, const std::filesystem::path& git_dir,
                                  std::size_t id_size) {
  IndexFile index;
  index.id_size_ = id_size;
  std::error_code error;
  if (!std::filesystem::exists(path, error) && !error) return index;
  const Result<void> read = index.read(path, git_dir, false);
  if (!read) return tl::unexpected(read.error());
  return index;
}

bool IndexFile::tracks(std::string_view path) const {
  const auto it = std::lower_bound(entries_.begin(), entries_.end(), path,
                                   [](const Entry& entry, std::string_view wanted) { return entry.path < wanted; });
  return it != entries_.end() && it->path == path;
}

Result<void> IndexFile::read(const std::filesystem::path& path, const std::filesystem::path& git_dir, bool shared) {
  Result<MappedFile> file = MappedFile::open(path);
  if (!file) return tl::unexpected(file.error());
  std::string_view bytes = file->bytes();
  files_.push_back(std::move(*file));
  if (bytes.size() < kHeader + id_size_ || !bytes.starts_with("DIRC")) return malformed("not an index, or truncated");
  version_ = big_endian(bytes, 4, 4);
  if (version_ < 2 || version_ > 4) return malformed("unknown index version");
  // For a large index the checksum takes as long as all the rest, so the two go side by side.
  const auto when = bytes.size() > kLargeIndex ? std::launch::async : std::launch::deferred;
  std::future<bool> whole = std::async(when, is_whole, bytes, id_size_);
  bytes.remove_suffix(id_size_);
  arena_.allow(16 * bytes.size() + kChunk);
  const Result<std::string_view> rest = read_entries(bytes);
  const Result<void> read = rest ? read_extensions(*rest, git_dir, shared) : tl::unexpected(rest.error());
  if (!whole.get()) return malformed("the index is damaged: its checksum does not fit");
  return read;
}

/// Returns what follows the entries.
Result<std::string_view> IndexFile::read_entries(std::string_view bytes) {
  const std::uint64_t count = big_endian(bytes, 8, 4);
  const std::size_t fixed = kStat + id_size_ + 2;  // up to and with the flags
  if (count > (bytes.size() - kHeader) / fixed) return malformed("the index is truncated");
  entries_.reserve(count);
  std::string_view rest = bytes.substr(kHeader);
  for (std::uint64_t i = 0; i < count; ++i) {
    if (rest.size() < fixed + 2) return malformed("the index is truncated");
    const std::uint64_t flags = big_endian(rest, fixed - 2, 2);
    const bool extended = version_ > 2 && (flags & kExtended) != 0;
    Entry entry;
    entry.id = rest.data() + kStat;
    entry.mode = static_cast<std::uint16_t>(big_endian(rest, kModeAt + 2, 2));
    entry.stage = static_cast<std::uint8_t>((flags >> 12U) & 3U);
    entry.intent_to_add = extended && (big_endian(rest, fixed, 2) & kIntentToAdd) != 0;
    if (!read_path(rest, extended ? fixed + 2 : fixed, flags & kLength, entry))
      return malformed("an entry of the index is damaged");
    entries_.push_back(entry);
  }
  return rest;
}

/// Takes one entry off `rest`; its path begins at `at`. `length` is that of the path, kLength if longer.
bool IndexFile::read_path(std::string_view& rest, std::size_t at, std::size_t length, Entry& entry) {
  if (version_ < 4) {
    if (length == kLength) length = std::min(rest.find('\0', at), rest.size()) - at;
    const std::size_t size = (at + length + 8) & ~std::size_t{7};  // one to eight NULs
    if (size > rest.size() || rest[at + length] != '\0') return false;
    entry.path = rest.substr(at, length);
    rest.remove_prefix(size);
    return true;
  }
  // Version 4: how many bytes of the path before are dropped, and what comes instead.
  const std::string_view previous = entries_.empty() ? std::string_view() : entries_.back().path;
  rest.remove_prefix(at);
  std::uint64_t dropped = 0;
  if (!take_varint(rest, dropped) || dropped > previous.size()) return false;
  const std::size_t added = rest.find('\0');
  if (added == std::string_view::npos) return false;
  const std::size_t kept = previous.size() - dropped;
  char* path = arena_.take(kept + added);
  if (path == nullptr) return false;
  std::copy_n(previous.data(), kept, path);
  std::copy_n(rest.data(), added, path + kept);
  entry.path = {path, kept + added};
  rest.remove_prefix(added + 1);
  return true;
}

/// Extensions whose name begins with a capital letter may be ignored.
Result<void> IndexFile::read_extensions(std::string_view rest, const std::filesystem::path& git_dir, bool shared) {
  while (!rest.empty()) {
    const std::uint64_t size = rest.size() < 8 ? rest.size() : big_endian(rest, 4, 4);
    if (rest.size() < 8 || rest.size() - 8 < size) return malformed("an extension of the index is truncated");
    const std::string_view name = rest.substr(0, 4);
    const std::string_view data = rest.substr(8, size);
    if (name == "TREE" && !shared) {
      directories_ = read_cache_tree(data, id_size_);
    } else if (name == "link" && !shared) {
      const Result<void> merged = merge_shared(data, git_dir);
      if (!merged) return merged;
    } else if (name != "sdir" && !(name[0] >= 'A' && name[0] <= 'Z')) {
      return fail(Error::Kind::malformed, "the index has an extension that only a newer git can read");
    }
    rest.remove_prefix(8 + size);
  }
  return {};
}

/// What has been read are the changes to another index: entries that replace one there (their path is empty), in
/// order, then new ones.
Result<void> IndexFile::merge_shared(std::string_view link, const std::filesystem::path& git_dir) {
  if (link.size() < id_size_) return malformed("the link of a split index is damaged");
  const std::string_view id = link.substr(0, id_size_);
  link.remove_prefix(id_size_);
  if (id.find_first_not_of('\0') == std::string_view::npos) return {};
  std::vector<Entry> changes = std::exchange(entries_, {});
  const Result<void> read = this->read(git_dir / ("sharedindex." + hex(id)), git_dir, true);
  if (!read) return fail(read.error().kind, "the shared part of a split index: " + read.error().message);
  auto change = changes.begin();
  if (!link.empty()) {
    const Result<std::vector<bool>> removed = take_bitmap(link, entries_.size());
    const Result<std::vector<bool>> replaced = removed ? take_bitmap(link, entries_.size()) : removed;
    if (!replaced) return malformed("the link of a split index is damaged");
    std::vector<Entry> kept;
    kept.reserve(entries_.size() + changes.size());
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      if ((*replaced)[i]) {
        if (change == changes.end() || !change->path.empty()) return malformed("a split index lacks an entry");
        change->path = entries_[i].path;
        entries_[i] = *change++;
      }
      if (!(*removed)[i]) kept.push_back(entries_[i]);
    }
    entries_ = std::move(kept);
  }
  std::vector<Entry> merged;
  merged.reserve(entries_.size() + changes.size());
  std::merge(change, changes.end(), entries_.begin(), entries_.end(), std::back_inserter(merged), in_order);
  const auto same = [](const Entry& a, const Entry& b) { return a.path == b.path && a.stage == b.stage; };
  merged.erase(std::unique(merged.begin(), merged.end(), same), merged.end());
  entries_ = std::move(merged);
  return {};
}

}  // namespace overreach
