// SQLite files that only their owner can read.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "scanner/base/handle.h"

namespace overreach {

using SqlDatabase = Handle<sqlite3, sqlite3_close>;

/// Opens `file`, or makes it (and its directory, readable by its owner alone) with `schema`, which must set
/// user_version to `format`. A file that is damaged or of another format is made anew; one that is somebody else's, or
/// a link, is not used. Null when there is nothing to use. The handle is for one thread at a time.
SqlDatabase open_private_database(const std::filesystem::path& file, const char* schema, int format);

/// False when `sql` failed.
bool execute(sqlite3* database, const char* sql);

/// A statement with its parameters; every failure ends in "no row".
class SqlQuery {
 public:
  SqlQuery(sqlite3* database, const char* sql);
  SqlQuery& blob(std::string_view bytes);
  SqlQuery& number(std::int64_t value);
  bool next();
  /// Runs it to its end, and makes it ready for other parameters.
  bool run();
  std::string text(int column) const;
  std::int64_t integer(int column) const;

 private:
  Handle<sqlite3_stmt, sqlite3_finalize> statement_;
  int bound_ = 0;
};

}  // namespace overreach
