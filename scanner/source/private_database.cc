#include "scanner/source/private_database.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

namespace overreach {
namespace {

namespace fs = std::filesystem;

/// The file is made before SQLite opens it, so that nobody else can ever read it; a file that is somebody else's, or a
/// link, is not used.
bool is_private(const fs::path& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
  if (fd < 0) return false;
  struct stat info {};
  const bool mine = fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_uid == geteuid() &&
                    ((info.st_mode & 0077U) == 0 || fchmod(fd, 0600) == 0);
  close(fd);
  return mine;
}

SqlDatabase open_file(const fs::path& file, const char* schema, int wanted) {
  sqlite3* raw = nullptr;
  const int status = sqlite3_open_v2(file.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  SqlDatabase database(raw);
  if (status != SQLITE_OK) return nullptr;
  sqlite3_busy_timeout(raw, 2000);
  {
    SqlQuery format(raw, "PRAGMA user_version");
    if (format.next() && format.integer(0) == wanted) return database;
  }
  SqlQuery tables(raw, "SELECT count(*) FROM sqlite_master");
  if (!tables.next() || tables.integer(0) != 0 || !execute(raw, schema)) return nullptr;
  return database;
}

}  // namespace

SqlDatabase open_private_database(const fs::path& file, const char* schema, int format) {
  std::error_code error;
  const fs::path directory = file.parent_path();
  fs::create_directories(directory.parent_path(), error);
  if (mkdir(directory.c_str(), 0700) != 0 && !fs::is_directory(directory, error)) return nullptr;
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (!is_private(file)) return nullptr;
    if (SqlDatabase database = open_file(file, schema, format)) return database;
    fs::remove(file, error);  // damaged, or of another format
  }
  return nullptr;
}

bool execute(sqlite3* database, const char* sql) {
  return sqlite3_exec(database, sql, nullptr, nullptr, nullptr) == SQLITE_OK;
}

SqlQuery::SqlQuery(sqlite3* database, const char* sql) {
  sqlite3_stmt* raw = nullptr;
  sqlite3_prepare_v2(database, sql, -1, &raw, nullptr);
  statement_.reset(raw);
}

SqlQuery& SqlQuery::blob(std::string_view bytes) {
  if (statement_ != nullptr)
    sqlite3_bind_blob64(statement_.get(), ++bound_, bytes.data() == nullptr ? "" : bytes.data(), bytes.size(),
                        SQLITE_TRANSIENT);
  return *this;
}

SqlQuery& SqlQuery::number(std::int64_t value) {
  if (statement_ != nullptr) sqlite3_bind_int64(statement_.get(), ++bound_, value);
  return *this;
}

bool SqlQuery::next() { return statement_ != nullptr && sqlite3_step(statement_.get()) == SQLITE_ROW; }

bool SqlQuery::run() {
  const bool done = statement_ != nullptr && sqlite3_step(statement_.get()) == SQLITE_DONE;
  if (statement_ != nullptr) sqlite3_reset(statement_.get());
  bound_ = 0;
  return done;
}

std::string SqlQuery::text(int column) const {
  const void* data = sqlite3_column_blob(statement_.get(), column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return data == nullptr ? std::string() : std::string(static_cast<const char*>(data), size);
}

std::int64_t SqlQuery::integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }

}  // namespace overreach
