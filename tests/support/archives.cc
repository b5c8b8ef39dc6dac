#include "tests/support/archives.h"

#include <archive.h>
#include <archive_entry.h>
#include <sqlite3.h>

#include <stdexcept>

#include "scanner/base/handle.h"

namespace overreach::testing {
namespace {

using Writer = Handle<archive, archive_write_free>;
using Entry = Handle<archive_entry, archive_entry_free>;

void check(archive* a, int status) {
  if (status != ARCHIVE_OK) throw std::runtime_error(std::string("libarchive: ") + archive_error_string(a));
}

}  // namespace

std::string archive_of(const std::string& format, const std::string& filter, const ArchiveFiles& files,
                       const std::string& password) {
  std::size_t size = 1 << 20;
  for (const auto& [name, content] : files) size += 2 * content.size() + 4096;
  std::string out(size, '\0');
  std::size_t used = 0;
  const Writer writer(archive_write_new());
  archive* a = writer.get();
  check(a, archive_write_set_format_by_name(a, format.c_str()));
  if (!filter.empty()) check(a, archive_write_add_filter_by_name(a, filter.c_str()));
  archive_write_set_bytes_in_last_block(a, 1);
  if (!password.empty()) {
    check(a, archive_write_set_options(a, "zip:encryption=aes256"));
    check(a, archive_write_set_passphrase(a, password.c_str()));
  }
  check(a, archive_write_open_memory(a, out.data(), out.size(), &used));
  for (const auto& [name, content] : files) {
    const Entry entry(archive_entry_new());
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_filetype(entry.get(), name.ends_with('/') ? AE_IFDIR : AE_IFREG);
    archive_entry_set_perm(entry.get(), 0644);
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
    check(a, archive_write_header(a, entry.get()));
    if (archive_write_data(a, content.data(), content.size()) < 0) check(a, ARCHIVE_FATAL);
    check(a, archive_write_finish_entry(a));
  }
  check(a, archive_write_close(a));
  out.resize(used);
  return out;
}

std::string database_of(const std::string& sql) {
  sqlite3* raw = nullptr;
  sqlite3_open(":memory:", &raw);
  const Handle<sqlite3, sqlite3_close> db(raw);
  char* message = nullptr;
  if (sqlite3_exec(raw, sql.c_str(), nullptr, nullptr, &message) != SQLITE_OK) {
    const Handle<char, sqlite3_free> owned(message);
    throw std::runtime_error(std::string("sqlite: ") + message);
  }
  sqlite3_int64 size = 0;
  unsigned char* bytes = sqlite3_serialize(raw, "main", &size, 0);
  const Handle<unsigned char, sqlite3_free> owned(bytes);
  return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

}  // namespace overreach::testing
