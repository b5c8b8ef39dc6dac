#include "scanner/source/git/delta.h"

#include <cstring>

namespace overreach {
namespace {

tl::unexpected<Error> malformed(const char* what) { return fail(Error::Kind::malformed, what); }

/// Reads bytes of a delta and knows when it ran over the end.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  bool more() const { return at_ < bytes_.size(); }
  bool failed() const { return failed_; }
  std::uint64_t position() const { return at_; }

  std::uint8_t byte() {
    if (at_ >= bytes_.size()) {
      failed_ = true;
      return 0;
    }
    return static_cast<std::uint8_t>(bytes_[at_++]);
  }

  /// Little-endian base 128, at most 63 bits.
  std::uint64_t size() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 63; shift += 7) {
      const std::uint8_t b = byte();
      value |= static_cast<std::uint64_t>(b & 0x7fU) << shift;
      if ((b & 0x80U) == 0) return value;
    }
    failed_ = true;
    return 0;
  }

  /// Those of `count` little-endian bytes whose bit is set in `mask`.
  std::uint64_t sparse(unsigned mask, unsigned count) {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < count; ++i)
      if ((mask & (1U << i)) != 0) value |= static_cast<std::uint64_t>(byte()) << (8 * i);
    return value;
  }

  void skip(std::uint64_t count) {
    if (count > bytes_.size() - at_) failed_ = true;
    at_ += failed_ ? 0 : count;
  }

 private:
  std::string_view bytes_;
  std::uint64_t at_ = 0;
  bool failed_ = false;
};

}  // namespace

Result<void> Delta::parse(std::string_view delta, std::uint64_t base) {
  segments.clear();
  data.clear();
  Reader in(delta);
  base_size = in.size();
  size = in.size();
  if (in.failed() || base_size != base) return malformed("delta for a base of another size");
  std::uint64_t at = 0;
  while (in.more()) {
    const std::uint8_t op = in.byte();
    if (op == 0) return malformed("unknown delta instruction");
    if ((op & 0x80U) == 0) {
      segments.push_back({at, op, 0, false});
      data.push_back(in.position());
      in.skip(op);
      at += op;
    } else {
      const std::uint64_t from = in.sparse(op & 0x0fU, 4);
      std::uint64_t count = in.sparse((op >> 4U) & 0x07U, 3);
      if (count == 0) count = 0x10000;
      if (from > base || count > base - from) return malformed("delta copies from beyond its base");
      Segment* last = segments.empty() ? nullptr : &segments.back();
      if (last != nullptr && last->copied && last->from + last->size == from) {
        last->size += count;
      } else {
        segments.push_back({at, count, from, true});
        data.push_back(0);
      }
      at += count;
    }
    if (in.failed()) return malformed("delta ends early");
    if (at > size) return malformed("delta makes more than it says");
  }
  if (at != size) return malformed("delta makes less than it says");
  return {};
}

void apply(const Delta& parsed, std::string_view delta, std::string_view base, char* out) {
  for (std::size_t i = 0; i < parsed.segments.size(); ++i) {
    const Segment& segment = parsed.segments[i];
    const char* from = segment.copied ? base.data() + segment.from : delta.data() + parsed.data[i];
    std::memcpy(out + segment.at, from, segment.size);
  }
}

}  // namespace overreach
