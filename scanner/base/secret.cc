#include "scanner/base/secret.h"

#include <cstring>

namespace overreach {

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) {
    wipe();
    value_ = other.value_;
  }
  return *this;
}

// A moved-from std::string may keep its bytes in the small buffer, so a move is a
// copy and a wipe.
Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    *this = static_cast<const Secret&>(other);
    other.wipe();
  }
  return *this;
}

std::string Secret::redacted(std::size_t visible) const {
  const std::size_t quarter = value_.size() / 4;
  const std::size_t shown = std::min(quarter, std::max<std::size_t>(4, std::min<std::size_t>(visible, 12)));
  std::string out;
  for (const char c : std::string_view(value_).substr(0, shown)) out += (c > 0x20 && c < 0x7f) ? c : '?';
  return out + "…";
}

void Secret::wipe() noexcept {
  // explicit_bzero is the one call the optimiser must keep.
  explicit_bzero(value_.data(), value_.size());
  value_.clear();
}

}  // namespace overreach
