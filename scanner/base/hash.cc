#include "scanner/base/hash.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

namespace overreach {
namespace {

const unsigned char* bytes_of(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }

constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t n = 0; n < 256; ++n) {
    std::uint32_t c = n;
    for (int k = 0; k < 8; ++k) c = (c & 1U) != 0 ? 0xedb88320U ^ (c >> 1U) : c >> 1U;
    table[n] = c;
  }
  return table;
}
constexpr auto kCrcTable = make_crc_table();

}  // namespace

Digest sha256(std::string_view data) {
  Digest out{};
  SHA256(bytes_of(data), data.size(), out.data());
  return out;
}

Digest hmac_sha256(std::string_view key, std::string_view data) {
  Digest out{};
  unsigned length = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(data), data.size(), out.data(), &length);
  return out;
}

Digest stretch(std::string_view key, std::string_view data, unsigned rounds) {
  Digest out{};
  PKCS5_PBKDF2_HMAC(data.data(), static_cast<int>(data.size()), bytes_of(key), static_cast<int>(key.size()),
                    static_cast<int>(rounds), EVP_sha256(), static_cast<int>(out.size()), out.data());
  return out;
}

std::uint32_t crc32(std::string_view data) {
  std::uint32_t c = 0xffffffffU;
  for (const char ch : data) c = kCrcTable[(c ^ static_cast<std::uint8_t>(ch)) & 0xffU] ^ (c >> 8U);
  return c ^ 0xffffffffU;
}

std::string hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char ch : bytes) {
    const auto b = static_cast<std::uint8_t>(ch);
    out += kDigits[b >> 4U];
    out += kDigits[b & 15U];
  }
  return out;
}

}  // namespace overreach
