#include "detectors/identify/msgpack.h"

namespace overreach {
namespace {

constexpr unsigned kDepth = 16;

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  std::optional<MsgPack> value(unsigned depth) {
    const std::optional<std::uint64_t> head = integer(1);
    if (!head || depth > kDepth) return std::nullopt;
    const auto tag = static_cast<unsigned>(*head);
    if (tag < 0x80) return number(tag);
    if (tag < 0x90) return sequence(MsgPack::Type::map, 2 * (tag & 0x0fU), depth);
    if (tag < 0xa0) return sequence(MsgPack::Type::list, tag & 0x0fU, depth);
    if (tag < 0xc0) return text(tag & 0x1fU, MsgPack::Type::text);
    if (tag >= 0xe0) return number(static_cast<std::uint64_t>(static_cast<std::int8_t>(tag)));
    return tagged(tag, depth);
  }

 private:
  static MsgPack number(std::uint64_t value, MsgPack::Type type = MsgPack::Type::number) {
    MsgPack out;
    out.type = type;
    out.number = static_cast<std::int64_t>(value);
    return out;
  }

  std::optional<MsgPack> tagged(unsigned tag, unsigned depth) {
    switch (tag) {
      case 0xc0:
        return MsgPack{};
      case 0xc2:
      case 0xc3:
        return number(tag - 0xc2, MsgPack::Type::boolean);
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return text(integer(std::size_t{1} << (tag - 0xc4)), MsgPack::Type::text);
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return extension(integer(std::size_t{1} << (tag - 0xc7)));
      case 0xca:
        return text(4, MsgPack::Type::other);
      case 0xcb:
        return text(8, MsgPack::Type::other);
      case 0xcc:
      case 0xcd:
      case 0xce:
      case 0xcf:
        return whole(std::size_t{1} << (tag - 0xcc), false);
      case 0xd0:
      case 0xd1:
      case 0xd2:
      case 0xd3:
        return whole(std::size_t{1} << (tag - 0xd0), true);
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return extension(std::uint64_t{1} << (tag - 0xd4));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return text(integer(std::size_t{1} << (tag - 0xd9)), MsgPack::Type::text);
      case 0xdc:
      case 0xdd:
        return sequence(MsgPack::Type::list, integer(std::size_t{2} << (tag - 0xdc)), depth);
      case 0xde:
      case 0xdf:
        return pairs(integer(std::size_t{2} << (tag - 0xde)), depth);
      default:
        return std::nullopt;
    }
  }

  /// Big-endian, `width` bytes.
  std::optional<std::uint64_t> integer(std::size_t width) {
    if (rest_.size() < width) return std::nullopt;
    std::uint64_t out = 0;
    for (const char c : rest_.substr(0, width)) out = out << 8U | static_cast<std::uint8_t>(c);
    rest_.remove_prefix(width);
    return out;
  }

  std::optional<MsgPack> whole(std::size_t width, bool is_signed) {
    std::optional<std::uint64_t> value = integer(width);
    if (!value) return std::nullopt;
    if (is_signed && width < 8 && (*value >> (8 * width - 1)) != 0) *value |= ~std::uint64_t{0} << (8 * width);
    return number(*value);
  }

  std::optional<MsgPack> text(std::optional<std::uint64_t> length, MsgPack::Type type) {
    if (!length || *length > rest_.size()) return std::nullopt;
    MsgPack out;
    out.type = type;
    out.text = rest_.substr(0, *length);
    rest_.remove_prefix(*length);
    return out;
  }

  std::optional<MsgPack> extension(std::optional<std::uint64_t> length) {
    if (!length) return std::nullopt;
    return text(*length + 1, MsgPack::Type::other);  // one byte of type comes first
  }

  std::optional<MsgPack> pairs(std::optional<std::uint64_t> count, unsigned depth) {
    if (!count) return std::nullopt;
    return sequence(MsgPack::Type::map, 2 * *count, depth);
  }

  /// Nothing is reserved: a length is a claim, and every item takes a byte that must be there.
  std::optional<MsgPack> sequence(MsgPack::Type type, std::optional<std::uint64_t> count, unsigned depth) {
    if (!count || *count > rest_.size()) return std::nullopt;
    MsgPack out;
    out.type = type;
    for (std::uint64_t i = 0; i < *count; ++i) {
      std::optional<MsgPack> item = value(depth + 1);
      if (!item) return std::nullopt;
      out.items.push_back(std::move(*item));
    }
    return out;
  }

  std::string_view rest_;
};

}  // namespace

std::optional<MsgPack> read_msgpack(std::string_view bytes) { return Reader(bytes).value(0); }

}  // namespace overreach
