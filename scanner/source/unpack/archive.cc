// Only the formats and filters named here are switched on, all of them inside the library: libarchive would start
// programs for others ("lrzip", "grzip", "program").
#include "scanner/source/unpack/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>

#include "scanner/base/handle.h"

namespace overreach {
namespace {

using Reader = Handle<archive, archive_read_free>;

constexpr std::size_t kChunk = 256 << 10;

/// What libarchive reads from.
struct Input {
  ArchiveBytes from;
  std::uint64_t at = 0;
  std::uint64_t size = 0;
  std::unique_ptr<char[]> buffer;
};

la_ssize_t on_read(archive* a, void* data, const void** out) noexcept {
  auto& input = *static_cast<Input*>(data);
  if (input.from.descriptor < 0) {
    const std::string_view rest = input.from.bytes.substr(input.at);
    *out = rest.data();
    input.at += rest.size();
    return static_cast<la_ssize_t>(rest.size());
  }
  const ssize_t got = pread(input.from.descriptor, input.buffer.get(), kChunk, static_cast<off_t>(input.at));
  if (got < 0) {
    archive_set_error(a, errno, "cannot be read");
    return ARCHIVE_FATAL;
  }
  *out = input.buffer.get();
  input.at += static_cast<std::uint64_t>(got);
  return got;
}

la_int64_t on_seek(archive*, void* data, la_int64_t offset, int whence) noexcept {
  auto& input = *static_cast<Input*>(data);
  const std::uint64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? input.at : input.size;
  const la_int64_t to = static_cast<la_int64_t>(base) + offset;
  if (to < 0) return ARCHIVE_FATAL;
  input.at = std::min<std::uint64_t>(static_cast<std::uint64_t>(to), input.size);
  return static_cast<la_int64_t>(input.at);
}

la_int64_t on_skip(archive*, void* data, la_int64_t request) noexcept {
  auto& input = *static_cast<Input*>(data);
  const std::uint64_t skipped = std::min<std::uint64_t>(static_cast<std::uint64_t>(request), input.size - input.at);
  input.at += skipped;
  return static_cast<la_int64_t>(skipped);
}

/// libarchive warns when it would start a program for a filter that it was built without. `as_file`: what is
/// compressed is no tar.
bool switch_on(archive* a, Container kind, bool as_file) {
  if (kind == Container::zip) return archive_read_support_format_zip(a) == ARCHIVE_OK;
  if (kind == Container::seven_zip) return archive_read_support_format_7zip(a) == ARCHIVE_OK;
  if (!as_file && archive_read_support_format_tar(a) != ARCHIVE_OK) return false;
  if (kind == Container::tar) return true;
  return archive_read_support_format_raw(a) == ARCHIVE_OK && archive_read_support_format_empty(a) == ARCHIVE_OK &&
         archive_read_support_filter_gzip(a) == ARCHIVE_OK && archive_read_support_filter_bzip2(a) == ARCHIVE_OK &&
         archive_read_support_filter_xz(a) == ARCHIVE_OK && archive_read_support_filter_zstd(a) == ARCHIVE_OK;
}

/// "app.log" for "logs/app.log.gz", and "content" when there is no name.
std::string name_of_content(std::string_view name) {
  name.remove_prefix(name.rfind('/') + 1);
  const std::size_t dot = name.rfind('.');
  if (dot != std::string_view::npos && dot > 0) name = name.substr(0, dot);
  return name.empty() ? "content" : std::string(name);
}

/// The name as the archive has it; in UTF-8 where it is kept as something else.
std::string name_of(archive_entry* entry) {
  const char* name = archive_entry_pathname(entry);
  if (name == nullptr) name = archive_entry_pathname_utf8(entry);
  return name == nullptr || *name == '\0' ? "without a name" : name;
}

/// What libarchive says is English and about the format; it may hold names, which are the archive's words.
std::string damage(archive* a) {
  const char* text = archive_error_string(a);
  return std::string("damaged or of an unknown kind: ") + (text == nullptr ? "no reason given" : text);
}

class ArchiveWalk {
 public:
  ArchiveWalk(archive* a, Container kind, std::string_view name, Inside& inside)
      : archive_(a), kind_(kind), own_name_(name), inside_(inside) {}

  /// False when nothing was found in what was taken for a compressed tar: a file of zeros looks like an empty one.
  bool run() {
    archive_entry* entry = nullptr;
    for (std::uint64_t entries = 0; !inside_.stopped(); ++entries) {
      const int status = archive_read_next_header(archive_, &entry);
      if (kind_ == Container::compressed && archive_filter_count(archive_) < 2) return cut(), true;
      if (status == ARCHIVE_EOF) return entries > 0 || archive_format(archive_) != ARCHIVE_FORMAT_TAR;
      if (status == ARCHIVE_RETRY && ++retries_ < 8) continue;
      if (status != ARCHIVE_OK && status != ARCHIVE_WARN) return inside_.skip({}, damage(archive_), true), true;
      if (!read(entry)) return true;
    }
    return true;
  }

 private:
  /// It begins like something compressed, and no filter wants it.
  void cut() { inside_.skip({}, "damaged: ends in its header", true); }

  /// False when nothing after this entry can be read.
  bool read(archive_entry* entry) {
    const bool raw = archive_format(archive_) == ARCHIVE_FORMAT_RAW;
    const std::string name = raw ? name_of_content(own_name_) : name_of(entry);
    const auto type = archive_entry_filetype(entry);
    if (!raw && type != AE_IFREG && type != 0) return true;
    if (archive_entry_is_data_encrypted(entry) == 1) {
      inside_.skip(name, "encrypted", false);
      return true;
    }
    return inside_.begin(name) && read_data(name);
  }

  bool read_data(const std::string& name) {
    const void* bytes = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;  // of a sparse file: holes have nothing to say
    while (true) {
      const int status = archive_read_data_block(archive_, &bytes, &size, &offset);
      if (status == ARCHIVE_RETRY && ++retries_ < 8) continue;
      if (status == ARCHIVE_EOF) break;
      if (status != ARCHIVE_OK && status != ARCHIVE_WARN) {
        inside_.end();  // what came before the damage
        inside_.skip(name, damage(archive_), true);
        return status != ARCHIVE_FATAL && kind_ != Container::compressed;
      }
      if (!inside_.append({static_cast<const char*>(bytes), size})) return false;
    }
    inside_.end();
    return true;
  }

  archive* archive_;
  Container kind_;
  std::string_view own_name_;
  Inside& inside_;
  unsigned retries_ = 0;
};

/// False when it is to be read again, as one file.
bool read_as(Container kind, bool as_file, Input& input, std::string_view name, Inside& inside) {
  const Reader reader(archive_read_new());
  if (reader == nullptr || !switch_on(reader.get(), kind, as_file))
    return inside.skip({}, "this libarchive cannot read it without starting a program", true), true;
  input.at = 0;
  archive_read_set_read_callback(reader.get(), on_read);
  archive_read_set_seek_callback(reader.get(), on_seek);
  archive_read_set_skip_callback(reader.get(), on_skip);
  archive_read_set_callback_data(reader.get(), &input);
  if (archive_read_open1(reader.get()) != ARCHIVE_OK) return inside.skip({}, damage(reader.get()), true), true;
  return ArchiveWalk(reader.get(), kind, name, inside).run();
}

}  // namespace

void read_archive(Container kind, const ArchiveBytes& from, std::string_view name, Inside& inside) {
  Input input{from, 0, from.bytes.size(), nullptr};
  if (from.descriptor >= 0) {
    struct stat info {};
    if (fstat(from.descriptor, &info) != 0) return inside.skip({}, "cannot be read", true);
    input.size = static_cast<std::uint64_t>(info.st_size);
    input.buffer = std::make_unique<char[]>(kChunk);
  }
  if (!read_as(kind, false, input, name, inside) && kind == Container::compressed)
    read_as(kind, true, input, name, inside);
}

}  // namespace overreach
