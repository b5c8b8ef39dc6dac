#include <stdexcept>

#include "scanner/base/hash.h"
#include "tests/scenarios/scenario.h"

namespace overreach::testing {
namespace {

constexpr std::string_view kLetters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Bytes that depend on seed and name only: SHA-256 in counter mode.
class Stream {
 public:
  Stream(std::uint64_t seed, std::string_view name) : key_(std::to_string(seed) + "/" + std::string(name) + "/") {}

  unsigned next() {
    if (at_ == block_.size()) {
      block_ = sha256(key_ + std::to_string(counter_++));
      at_ = 0;
    }
    return block_[at_++];
  }

  /// Without a bias towards the first characters: bytes beyond the last whole round are dropped.
  std::string text(std::size_t length, std::string_view alphabet) {
    const auto size = static_cast<unsigned>(alphabet.size());
    std::string out;
    while (out.size() < length)
      if (const unsigned byte = next(); byte < 256 / size * size) out += alphabet[byte % size];
    return out;
  }

 private:
  std::string key_;
  Digest block_{};
  std::size_t at_ = block_.size();
  unsigned counter_ = 0;
};

std::string uuid(Stream& stream) {
  std::string out = stream.text(32, "0123456789abcdef");
  out[12] = '4';                        // version 4, random
  out[16] = "89ab"[stream.next() % 4];  // variant of RFC 9562
  for (const std::size_t at : {8U, 13U, 18U, 23U}) out.insert(at, "-");
  return out;
}

/// Thirty random letters and their CRC-32 in base 62, six digits.
std::string github_token(Stream& stream) {
  const std::string body = stream.text(30, kLetters);
  std::string digits;
  for (std::uint32_t crc = crc32(body); digits.size() < 6; crc /= 62) digits.insert(digits.begin(), kLetters[crc % 62]);
  return std::string("gh") + "p_" + body + digits;
}

}  // namespace

bool is_identifier_name(std::string_view name) { return name.ends_with("_ID"); }

std::string Placeholders::value(std::string_view name) const {
  Stream stream(seed_, name);
  if (is_identifier_name(name)) return uuid(stream);
  if (name.starts_with("RAILWAY_") && name.ends_with("_TOKEN")) return uuid(stream);
  // The first letter keeps away from a base64 text that another company puts behind this prefix.
  if (name == "STRIPE_KEY") return std::string("sk_") + "live_5" + stream.text(50, kLetters);
  if (name == "GITHUB_TOKEN") return github_token(stream);
  if (name.ends_with("_PASSWORD")) return stream.text(24, kLetters);
  throw std::invalid_argument("no placeholder is called " + std::string(name));
}

}  // namespace overreach::testing
