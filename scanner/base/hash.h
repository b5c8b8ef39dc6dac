// Digests. Wraps OpenSSL's libcrypto; nothing here touches the network.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace overreach {

using Digest = std::array<std::uint8_t, 32>;

/// SHA-256 of `data`.
Digest sha256(std::string_view data);

/// SHA-256 and SHA-1 of two pieces of data in a row. Git names objects by them; nothing here relies on SHA-1
/// being hard to collide.
Digest sha256(std::string_view head, std::string_view body);
std::array<std::uint8_t, 20> sha1(std::string_view head, std::string_view body);

/// HMAC-SHA256 (RFC 2104) of `data` under `key`.
Digest hmac_sha256(std::string_view key, std::string_view data);

/// PBKDF2-HMAC-SHA256 (RFC 8018), 32 bytes out. For values that can be guessed.
Digest stretch(std::string_view key, std::string_view data, unsigned rounds);

/// CRC-32 (IEEE 802.3, as in zlib), for token checksums.
std::uint32_t crc32(std::string_view data);

/// Lower-case hexadecimal.
std::string hex(std::string_view bytes);
inline std::string hex(const Digest& d) {
  return hex(std::string_view(reinterpret_cast<const char*>(d.data()), d.size()));
}

}  // namespace overreach
