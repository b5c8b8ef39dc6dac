#include "scanner/source/object.h"

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

int digit(char c) {
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

std::string object_id(ObjectType type, std::string_view bytes, std::size_t id_size) {
  const std::string header = std::string(name_of(type)) + " " + std::to_string(bytes.size()) + '\0';
  const auto text = [](const auto& digest) {
    return std::string(reinterpret_cast<const char*>(digest.data()), digest.size());
  };
  return id_size == 20 ? text(sha1(header, bytes)) : text(sha256(header, bytes));
}

std::string unhex(std::string_view text) {
  std::string out;
  if (text.size() % 2 != 0) return out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(text[i]);
    const int low = digit(text[i + 1]);
    if (high < 0 || low < 0) return {};
    out += static_cast<char>(high * 16 + low);
  }
  return out;
}

}  // namespace overreach
