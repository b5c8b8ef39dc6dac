#include "scanner/source/git/object.h"

#include <array>

#include "scanner/base/hash.h"

namespace overreach {
namespace {

std::string_view name_of(ObjectType type) {
  switch (type) {
    case ObjectType::commit:
      return "commit";
    case ObjectType::tree:
      return "tree";
    case ObjectType::tag:
      return "tag";
    default:
      return "blob";
  }
}

/// Values of hexadecimal digits; -1 for all other bytes.
constexpr std::array<std::int8_t, 256> make_digits() {
  std::array<std::int8_t, 256> digits{};
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const auto value = [&](std::size_t first, std::size_t at) { return static_cast<std::int8_t>(i - first + at); };
    digits[i] = i >= '0' && i <= '9'   ? value('0', 0)
                : i >= 'a' && i <= 'f' ? value('a', 10)
                : i >= 'A' && i <= 'F' ? value('A', 10)
                                       : std::int8_t{-1};
  }
  return digits;
}
constexpr auto kDigits = make_digits();

}  // namespace

std::string object_id(ObjectType type, std::string_view bytes, std::size_t id_size) {
  const std::string header = std::string(name_of(type)) + " " + std::to_string(bytes.size()) + '\0';
  const auto text = [](const auto& digest) {
    return std::string(reinterpret_cast<const char*>(digest.data()), digest.size());
  };
  return id_size == 20 ? text(sha1(header, bytes)) : text(sha256(header, bytes));
}

std::string unhex(std::string_view text) {
  std::string out(text.size() / 2, '\0');
  if (text.size() % 2 != 0) return {};
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = kDigits[static_cast<std::uint8_t>(text[2 * i])];
    const int low = kDigits[static_cast<std::uint8_t>(text[2 * i + 1])];
    if ((high | low) < 0) return {};
    out[i] = static_cast<char>(high * 16 + low);
  }
  return out;
}

}  // namespace overreach
