#include "scanner/base/hash.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <new>

#include "scanner/base/handle.h"

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

template <std::size_t kSize>
std::array<std::uint8_t, kSize> digest(const EVP_MD* algorithm, std::string_view head, std::string_view body) {
  std::array<std::uint8_t, kSize> out{};
  const Handle<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  const bool done = context != nullptr && EVP_DigestInit_ex(context.get(), algorithm, nullptr) == 1 &&
                    EVP_DigestUpdate(context.get(), head.data(), head.size()) == 1 &&
                    EVP_DigestUpdate(context.get(), body.data(), body.size()) == 1 &&
                    EVP_DigestFinal_ex(context.get(), out.data(), nullptr) == 1;
  if (!done) throw std::bad_alloc();
  return out;
}

}  // namespace

Digest sha256(std::string_view data) {
  Digest out{};
  SHA256(bytes_of(data), data.size(), out.data());
  return out;
}

Digest sha256(std::string_view head, std::string_view body) { return digest<32>(EVP_sha256(), head, body); }

std::array<std::uint8_t, 20> sha1(std::string_view head, std::string_view body) {
  return digest<20>(EVP_sha1(), head, body);
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
  std::string out(bytes.size() * 2, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto b = static_cast<std::uint8_t>(bytes[i]);
    out[2 * i] = kDigits[b >> 4U];
    out[2 * i + 1] = kDigits[b & 15U];
  }
  return out;
}

}  // namespace overreach
