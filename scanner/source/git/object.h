// One object of a git repository, read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace overreach {

/// What an object is, or how a pack stores it: the numbers of the pack format.
enum class ObjectType : std::uint8_t {
  unknown = 0,
  commit = 1,
  tree = 2,
  blob = 3,
  tag = 4,
  ofs_delta = 6,
  ref_delta = 7
};

/// An object's content. Owned.
struct Object {
  ObjectType type = ObjectType::unknown;
  std::string bytes;
};

/// The raw id that an object with this content has: 20 bytes (SHA-1) or 32 (SHA-256), as `id_size` says.
std::string object_id(ObjectType type, std::string_view bytes, std::size_t id_size);

/// Raw bytes of hexadecimal text; empty when it is not that.
std::string unhex(std::string_view text);

}  // namespace overreach
