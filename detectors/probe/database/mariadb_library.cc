#include "detectors/probe/database/mariadb_library.h"

#include "scanner/base/shared_library.h"

namespace overreach {
namespace {

Result<MariadbLibrary> open_library() {
  void* library = dlopen("libmariadb.so.3", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr)
    return fail(Error::Kind::io, "was not asked: libmariadb.so.3 cannot be loaded; install libmariadb3 to ask MySQL");
  MariadbLibrary mariadb;
  decltype(&::mysql_server_init) server_init = nullptr;
  const bool complete = find_function(library, "mysql_server_init", server_init) &&
                        find_function(library, "mysql_init", mariadb.init) &&
                        find_function(library, "mysql_optionsv", mariadb.optionsv) &&
                        find_function(library, "mysql_real_connect_start", mariadb.connect_start) &&
                        find_function(library, "mysql_real_connect_cont", mariadb.connect_cont) &&
                        find_function(library, "mysql_real_query_start", mariadb.query_start) &&
                        find_function(library, "mysql_real_query_cont", mariadb.query_cont) &&
                        find_function(library, "mysql_use_result", mariadb.use_result) &&
                        find_function(library, "mysql_fetch_row_start", mariadb.fetch_row_start) &&
                        find_function(library, "mysql_fetch_row_cont", mariadb.fetch_row_cont) &&
                        find_function(library, "mysql_fetch_lengths", mariadb.fetch_lengths) &&
                        find_function(library, "mysql_num_fields", mariadb.num_fields) &&
                        find_function(library, "mysql_free_result", mariadb.free_result) &&
                        find_function(library, "mysql_get_socket", mariadb.get_socket) &&
                        find_function(library, "mysql_errno", mariadb.error_number) &&
                        find_function(library, "mysql_close", mariadb.close);
  if (!complete) return fail(Error::Kind::io, "was not asked: libmariadb.so.3 lacks a function that probing needs");
  if (server_init(0, nullptr, nullptr) != 0)
    return fail(Error::Kind::io, "was not asked: libmariadb.so.3 cannot be initialised");
  return mariadb;
}

}  // namespace

Result<const MariadbLibrary*> mariadb_library() {
  static const Result<MariadbLibrary> library = open_library();
  if (!library) return tl::unexpected<Error>(library.error());
  return &*library;
}

}  // namespace overreach
