// Libraries that are opened when they are needed.
#pragma once

#include <dlfcn.h>

#include <cstring>

namespace overreach {

/// Fills `function` with the function `name` of a library that dlopen() gave; false when it has none. Function pointers
/// and object pointers have the same bytes on every system that has dlsym (POSIX).
template <class Function>
bool find_function(void* library, const char* name, Function& function) {
  void* symbol = dlsym(library, name);
  static_assert(sizeof symbol == sizeof function);
  std::memcpy(&function, &symbol, sizeof symbol);
  return symbol != nullptr;
}

}  // namespace overreach
