// MessagePack, as much of it as tokens use.
//
// nlohmann's reader refuses maps whose keys are numbers, which is how Fly.io writes
// {app: actions}, and it recurses without a bound.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace overreach {

/// One value. Borrows the bytes it was read from.
struct MsgPack {
  enum class Type : std::uint8_t { nil, boolean, number, text, list, map, other };
  Type type = Type::nil;
  std::int64_t number = 0;     // number, boolean; unsigned 64-bit values wrap
  std::string_view text;       // strings and binaries
  std::vector<MsgPack> items;  // list; a map is key, value, key, value

  bool is(Type t) const { return type == t; }
};

/// The value at the front of `bytes`; what follows it is ignored. Empty when the bytes end
/// early, or nest more than 16 deep.
std::optional<MsgPack> read_msgpack(std::string_view bytes);

}  // namespace overreach
