// The one type that holds a credential.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>

namespace overreach {

/// A credential as found in scanned content.
///
/// A Secret cannot be printed, logged or serialised: the only way to the bytes is
/// reveal(), so `grep -rn 'reveal()'` lists every place a token can leave from.
/// The bytes are overwritten when the last copy goes away. Not synchronised: one
/// thread writes, any number read.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept : value_(other.value_) { other.wipe(); }
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret() { wipe(); }

  std::string_view reveal() const noexcept { return value_; }
  bool empty() const noexcept { return value_.empty(); }

  /// At most the first four characters (never more than a quarter of the value),
  /// then an ellipsis; safe in logs and reports. `visible` is how many leading
  /// bytes are public knowledge, such as the `ghp_` of a GitHub token.
  std::string redacted(std::size_t visible = 0) const;

  bool operator==(const Secret&) const = default;
  auto operator<=>(const Secret&) const = default;
  friend std::ostream& operator<<(std::ostream&, const Secret&) = delete;

 private:
  void wipe() noexcept;

  std::string value_;
};

}  // namespace overreach
