#include "detectors/probe/curl_library.h"

#include <dlfcn.h>

#include "scanner/base/shared_library.h"

namespace overreach {
namespace {

Result<CurlLibrary> open_library() {
  void* library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return fail(Error::Kind::io, "libcurl.so.4 cannot be loaded; install libcurl to probe");
  CurlLibrary curl;
  decltype(&::curl_global_init) global_init = nullptr;
  const bool complete = find_function(library, "curl_global_init", global_init) &&
                        find_function(library, "curl_easy_init", curl.easy_init) &&
                        find_function(library, "curl_easy_cleanup", curl.easy_cleanup) &&
                        find_function(library, "curl_easy_reset", curl.easy_reset) &&
                        find_function(library, "curl_easy_perform", curl.easy_perform) &&
                        find_function(library, "curl_easy_send", curl.easy_send) &&
                        find_function(library, "curl_easy_recv", curl.easy_recv) &&
                        find_function(library, "curl_easy_strerror", curl.easy_strerror) &&
                        find_function(library, "curl_slist_append", curl.slist_append) &&
                        find_function(library, "curl_slist_free_all", curl.slist_free_all) &&
                        find_function(library, "curl_easy_setopt", curl.easy_setopt) &&
                        find_function(library, "curl_easy_getinfo", curl.easy_getinfo) &&
                        find_function(library, "curl_multi_init", curl.multi_init) &&
                        find_function(library, "curl_multi_cleanup", curl.multi_cleanup) &&
                        find_function(library, "curl_multi_add_handle", curl.multi_add_handle) &&
                        find_function(library, "curl_multi_remove_handle", curl.multi_remove_handle) &&
                        find_function(library, "curl_multi_perform", curl.multi_perform) &&
                        find_function(library, "curl_multi_poll", curl.multi_poll) &&
                        find_function(library, "curl_multi_info_read", curl.multi_info_read) &&
                        find_function(library, "curl_multi_setopt", curl.multi_setopt);
  if (!complete) return fail(Error::Kind::io, "libcurl.so.4 lacks a function that probing needs");
  if (global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return fail(Error::Kind::io, "libcurl cannot be initialised");
  return curl;
}

}  // namespace

Result<const CurlLibrary*> curl_library() {
  static const Result<CurlLibrary> library = open_library();
  if (!library) return tl::unexpected<Error>(library.error());
  return &*library;
}

}  // namespace overreach
