// Ownership of C library objects.
#pragma once

#include <memory>

namespace overreach {

/// Deleter that calls one fixed C function. Stateless, so a Handle is one pointer wide.
template <auto Free>
struct FreeWith {
  template <class T>
  void operator()(T* p) const noexcept {
    Free(p);
  }
};

/// A unique_ptr that releases with the C function `Free`.
template <class T, auto Free>
using Handle = std::unique_ptr<T, FreeWith<Free>>;

}  // namespace overreach
