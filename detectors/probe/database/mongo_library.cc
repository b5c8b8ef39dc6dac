#include "detectors/probe/database/mongo_library.h"

#include "scanner/base/shared_library.h"

namespace overreach {
namespace {

Result<MongoLibrary> open_library() {
  void* library = dlopen("libmongoc-1.0.so.0", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr)
    return fail(Error::Kind::io,
                "was not asked: libmongoc-1.0.so.0 cannot be loaded; install libmongoc-1.0-0 to ask MongoDB");
  MongoLibrary mongo;
  decltype(&::mongoc_init) init = nullptr;
  decltype(&::mongoc_log_set_handler) set_log_handler = nullptr;
  const bool complete = find_function(library, "mongoc_init", init) &&
                        find_function(library, "mongoc_log_set_handler", set_log_handler) &&
                        find_function(library, "mongoc_uri_new_for_host_port", mongo.uri_new) &&
                        find_function(library, "mongoc_uri_set_username", mongo.uri_set_username) &&
                        find_function(library, "mongoc_uri_set_password", mongo.uri_set_password) &&
                        find_function(library, "mongoc_uri_set_auth_source", mongo.uri_set_auth_source) &&
                        find_function(library, "mongoc_uri_set_appname", mongo.uri_set_appname) &&
                        find_function(library, "mongoc_uri_set_option_as_bool", mongo.uri_set_bool) &&
                        find_function(library, "mongoc_uri_set_option_as_int32", mongo.uri_set_int32) &&
                        find_function(library, "mongoc_uri_destroy", mongo.uri_destroy) &&
                        find_function(library, "mongoc_client_new_from_uri", mongo.client_new) &&
                        find_function(library, "mongoc_client_set_stream_initiator", mongo.set_stream_initiator) &&
                        find_function(library, "mongoc_client_set_error_api", mongo.set_error_api) &&
                        find_function(library, "mongoc_client_command_simple", mongo.command) &&
                        find_function(library, "mongoc_client_destroy", mongo.client_destroy) &&
                        find_function(library, "bson_new_from_json", mongo.bson_from_json) &&
                        find_function(library, "bson_as_relaxed_extended_json", mongo.bson_as_json) &&
                        find_function(library, "bson_destroy", mongo.bson_destroy) &&
                        find_function(library, "bson_free", mongo.bson_free) &&
                        find_function(library, "bson_set_error", mongo.bson_set_error);
  if (!complete) return fail(Error::Kind::io, "was not asked: libmongoc-1.0.so.0 lacks a function that probing needs");
  set_log_handler(nullptr, nullptr);  // it would write to the standard error stream
  init();
  return mongo;
}

}  // namespace

Result<const MongoLibrary*> mongo_library() {
  static const Result<MongoLibrary> library = open_library();
  if (!library) return tl::unexpected<Error>(library.error());
  return &*library;
}

}  // namespace overreach
