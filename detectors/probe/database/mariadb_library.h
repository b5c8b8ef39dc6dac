// MariaDB's client library, opened when it is needed. It speaks to MySQL as well.
#pragma once

#include <mysql.h>

#include "scanner/base/result.h"

namespace overreach {

/// The functions of libmariadb that are called. Only types and constants come from the header; nothing is linked.
struct MariadbLibrary {
  decltype(&::mysql_init) init = nullptr;
  decltype(&::mysql_optionsv) optionsv = nullptr;
  decltype(&::mysql_real_connect_start) connect_start = nullptr;
  decltype(&::mysql_real_connect_cont) connect_cont = nullptr;
  decltype(&::mysql_real_query_start) query_start = nullptr;
  decltype(&::mysql_real_query_cont) query_cont = nullptr;
  decltype(&::mysql_use_result) use_result = nullptr;
  decltype(&::mysql_fetch_row_start) fetch_row_start = nullptr;
  decltype(&::mysql_fetch_row_cont) fetch_row_cont = nullptr;
  decltype(&::mysql_fetch_lengths) fetch_lengths = nullptr;
  decltype(&::mysql_num_fields) num_fields = nullptr;
  decltype(&::mysql_free_result) free_result = nullptr;
  decltype(&::mysql_get_socket) get_socket = nullptr;
  decltype(&::mysql_errno) error_number = nullptr;
  decltype(&::mysql_close) close = nullptr;
};

/// Opens the library on the first call; any thread may call. It stays open.
Result<const MariadbLibrary*> mariadb_library();

}  // namespace overreach
