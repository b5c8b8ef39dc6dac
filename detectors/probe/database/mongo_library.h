// libmongoc, opened when it is needed.
#pragma once

#include <mongoc/mongoc.h>

#include "scanner/base/result.h"

namespace overreach {

/// The functions of libmongoc and of libbson, which it brings along, that are called. Only types and constants come
/// from the headers; nothing is linked.
struct MongoLibrary {
  decltype(&::mongoc_uri_new_for_host_port) uri_new = nullptr;
  decltype(&::mongoc_uri_set_username) uri_set_username = nullptr;
  decltype(&::mongoc_uri_set_password) uri_set_password = nullptr;
  decltype(&::mongoc_uri_set_auth_source) uri_set_auth_source = nullptr;
  decltype(&::mongoc_uri_set_appname) uri_set_appname = nullptr;
  decltype(&::mongoc_uri_set_option_as_bool) uri_set_bool = nullptr;
  decltype(&::mongoc_uri_set_option_as_int32) uri_set_int32 = nullptr;
  decltype(&::mongoc_uri_destroy) uri_destroy = nullptr;
  decltype(&::mongoc_client_new_from_uri) client_new = nullptr;
  decltype(&::mongoc_client_set_stream_initiator) set_stream_initiator = nullptr;
  decltype(&::mongoc_client_set_error_api) set_error_api = nullptr;
  decltype(&::mongoc_client_command_simple) command = nullptr;
  decltype(&::mongoc_client_destroy) client_destroy = nullptr;
  decltype(&::bson_new_from_json) bson_from_json = nullptr;
  decltype(&::bson_as_relaxed_extended_json) bson_as_json = nullptr;
  decltype(&::bson_destroy) bson_destroy = nullptr;
  decltype(&::bson_free) bson_free = nullptr;
  decltype(&::bson_set_error) bson_set_error = nullptr;
};

/// Opens the library on the first call, and silences its log; any thread may call. It stays open.
Result<const MongoLibrary*> mongo_library();

}  // namespace overreach
