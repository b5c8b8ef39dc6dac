// The database may be hostile. It is opened from memory, read-only; its schema is not trusted, its views and triggers
// are off, and an authorizer lets nothing but reading through. Virtual tables are left out: they run code, and keep
// what they hold in ordinary tables. A progress handler ends what takes too long, SQLite's own limits what is too
// large.
#include "scanner/source/unpack/sqlite.h"

#include <sqlite3.h>

#include <vector>

#include "scanner/base/handle.h"
#include "scanner/source/unpack/container.h"

namespace overreach {
namespace {

using Connection = Handle<sqlite3, sqlite3_close>;
using Statement = Handle<sqlite3_stmt, sqlite3_finalize>;

constexpr int kLongestValue = 16 << 20;           // bytes; a row with a longer one cannot be read
constexpr std::size_t kFlush = 64 << 10;          // bytes of text handed on at a time
constexpr std::uint64_t kStepsPerPage = 200'000;  // instructions of SQLite's machine for each page of the database
constexpr int kStepsPerCall = 1000;

/// Ends a statement that would run for ever.
struct Patience {
  std::uint64_t left = 0;  // calls of the handler
};

int on_progress(void* data) noexcept {
  auto& patience = *static_cast<Patience*>(data);
  if (patience.left == 0) return 1;
  --patience.left;
  return 0;
}

int on_authorize(void*, int action, const char*, const char*, const char*, const char*) noexcept {
  return action == SQLITE_SELECT || action == SQLITE_READ || action == SQLITE_FUNCTION || action == SQLITE_RECURSIVE
             ? SQLITE_OK
             : SQLITE_DENY;
}

void harden(sqlite3* db, Patience& patience) {
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
  sqlite3_limit(db, SQLITE_LIMIT_LENGTH, kLongestValue);
  sqlite3_limit(db, SQLITE_LIMIT_SQL_LENGTH, 1 << 20);
  sqlite3_limit(db, SQLITE_LIMIT_EXPR_DEPTH, 100);
  sqlite3_limit(db, SQLITE_LIMIT_COMPOUND_SELECT, 10);
  sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_limit(db, SQLITE_LIMIT_WORKER_THREADS, 0);
  sqlite3_progress_handler(db, kStepsPerCall, on_progress, &patience);
}

std::string quoted(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

std::string_view text_of(sqlite3_stmt* row, int column) {
  const void* bytes = sqlite3_column_blob(row, column);
  const int size = sqlite3_column_bytes(row, column);
  return bytes == nullptr || size <= 0
             ? std::string_view()
             : std::string_view(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

class DatabaseWalk {
 public:
  DatabaseWalk(sqlite3* db, Inside& inside) : db_(db), inside_(inside) {}

  void run() {
    const std::vector<std::string> tables = names();
    for (const std::string& table : tables) {
      if (inside_.stopped()) return;
      read_table(table);
    }
  }

 private:
  std::vector<std::string> names() {
    std::vector<std::string> out;
    const Statement select = prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY rowid");
    int status = SQLITE_ERROR;
    while (select != nullptr && (status = sqlite3_step(select.get())) == SQLITE_ROW)
      out.emplace_back(text_of(select.get(), 0));
    if (status != SQLITE_DONE) inside_.skip({}, damage(), true);
    return out;
  }

  Statement prepare(const std::string& sql) {
    sqlite3_stmt* raw = nullptr;
    sqlite3_prepare_v2(db_, sql.c_str(), static_cast<int>(sql.size()), &raw, nullptr);
    return Statement(raw);
  }

  void read_table(const std::string& table) {
    const Statement select = prepare("SELECT * FROM " + quoted(table));
    if (select == nullptr) return inside_.skip(table, damage(), true);
    if (!inside_.begin(table)) return;
    std::string text;
    packed_.clear();
    int status = 0;
    for (std::uint64_t row = 1; (status = sqlite3_step(select.get())) == SQLITE_ROW; ++row) {
      add_row(select.get(), table, row, text);
      if (text.size() < kFlush) continue;
      if (!inside_.append(text)) return;
      text.clear();
    }
    if (!inside_.append(text)) return;
    inside_.end();
    if (status != SQLITE_DONE) inside_.skip(table, damage(), true);
    for (const auto& [name, bytes] : packed_)
      if (!inside_.file(name, bytes)) return;
  }

  void add_row(sqlite3_stmt* row, const std::string& table, std::uint64_t number, std::string& text) {
    for (int i = 0; i < sqlite3_column_count(row); ++i) {
      if (sqlite3_column_type(row, i) == SQLITE_NULL) continue;
      const char* column = sqlite3_column_name(row, i);
      const std::string_view value = text_of(row, i);
      if (sqlite3_column_type(row, i) == SQLITE_BLOB && container_of(value) != Container::none &&
          packed_bytes_ + value.size() <= static_cast<std::size_t>(kLongestValue)) {
        packed_bytes_ += value.size();
        packed_.emplace_back(table + "/row-" + std::to_string(number) + "/" + (column == nullptr ? "" : column), value);
        continue;
      }
      if (text.size() > 0 && text.back() != '\n') text += '\t';
      text += column == nullptr ? "" : column;
      text += '=';
      // A zero byte would make the whole table look binary.
      for (const char c : value) text += c == '\0' ? ' ' : c;
    }
    text += '\n';
  }

  /// SQLite quotes names of the schema, never a value.
  std::string damage() const {
    const int code = sqlite3_errcode(db_);
    if (code == SQLITE_INTERRUPT) return "takes too long to read";
    if (code == SQLITE_TOOBIG) return "a value is larger than 16 MiB";
    return std::string("damaged: ") + sqlite3_errstr(code);
  }

  sqlite3* db_;
  Inside& inside_;
  std::vector<std::pair<std::string, std::string>> packed_;  // values that are containers
  std::size_t packed_bytes_ = 0;
};

/// A database with a write-ahead log cannot be opened from memory; what the log holds is not here anyway.
void leave_wal(std::string& bytes) {
  if (bytes.size() > 19 && bytes[18] == 2) bytes[18] = 1;
  if (bytes.size() > 19 && bytes[19] == 2) bytes[19] = 1;
}

std::uint64_t number_at(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = (value << 8U) | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

/// The header says how many pages there are; SQLite would take those that are missing for empty ones.
bool is_cut(std::string_view bytes) {
  if (bytes.size() < 100) return true;
  const std::uint64_t page = number_at(bytes, 16, 2);
  const bool says = number_at(bytes, 24, 4) == number_at(bytes, 92, 4);  // written by a version that keeps the count
  return says && number_at(bytes, 28, 4) * (page == 1 ? 65536 : page) > bytes.size();
}

}  // namespace

void read_sqlite(std::string& bytes, Inside& inside) {
  sqlite3* raw = nullptr;
  const int status = sqlite3_open_v2(":memory:", &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  const Connection db(raw);
  if (status != SQLITE_OK) return inside.skip({}, "no memory to open it", true);
  Patience patience{(1 + bytes.size() / 4096) * kStepsPerPage / kStepsPerCall};
  harden(db.get(), patience);
  if (is_cut(bytes)) inside.skip({}, "damaged: shorter than it says", true);
  leave_wal(bytes);
  const auto size = static_cast<sqlite3_int64>(bytes.size());
  if (sqlite3_deserialize(db.get(), "main", reinterpret_cast<unsigned char*>(bytes.data()), size, size,
                          SQLITE_DESERIALIZE_READONLY) != SQLITE_OK)
    return inside.skip({}, std::string("damaged: ") + sqlite3_errmsg(db.get()), true);
  sqlite3_set_authorizer(db.get(), on_authorize, nullptr);
  DatabaseWalk(db.get(), inside).run();
}

}  // namespace overreach
