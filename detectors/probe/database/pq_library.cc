#include "detectors/probe/database/pq_library.h"

#include "scanner/base/shared_library.h"

namespace overreach {
namespace {

Result<PqLibrary> open_library() {
  void* library = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr)
    return fail(Error::Kind::io, "was not asked: libpq.so.5 cannot be loaded; install libpq5 to ask PostgreSQL");
  PqLibrary pq;
  const bool complete =
      find_function(library, "PQconnectStartParams", pq.connect_start) &&
      find_function(library, "PQconnectPoll", pq.connect_poll) && find_function(library, "PQstatus", pq.status) &&
      find_function(library, "PQsocket", pq.socket) && find_function(library, "PQerrorMessage", pq.error_message) &&
      find_function(library, "PQsetErrorVerbosity", pq.set_error_verbosity) &&
      find_function(library, "PQsetNoticeReceiver", pq.set_notice_receiver) &&
      find_function(library, "PQsendQuery", pq.send_query) &&
      find_function(library, "PQconsumeInput", pq.consume_input) && find_function(library, "PQisBusy", pq.is_busy) &&
      find_function(library, "PQgetResult", pq.get_result) &&
      find_function(library, "PQresultStatus", pq.result_status) &&
      find_function(library, "PQresultErrorField", pq.result_error_field) &&
      find_function(library, "PQntuples", pq.ntuples) && find_function(library, "PQnfields", pq.nfields) &&
      find_function(library, "PQgetvalue", pq.getvalue) && find_function(library, "PQgetlength", pq.getlength) &&
      find_function(library, "PQclear", pq.clear) && find_function(library, "PQfinish", pq.finish);
  if (!complete) return fail(Error::Kind::io, "was not asked: libpq.so.5 lacks a function that probing needs");
  return pq;
}

}  // namespace

Result<const PqLibrary*> pq_library() {
  static const Result<PqLibrary> library = open_library();
  if (!library) return tl::unexpected<Error>(library.error());
  return &*library;
}

}  // namespace overreach
