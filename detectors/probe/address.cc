#include "detectors/probe/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <iterator>

namespace overreach {
namespace {

struct Range4 {
  std::uint32_t base;
  unsigned bits;
};
constexpr Range4 kNotPublic4[] = {
    {0x00000000, 8},   // this network
    {0x0a000000, 8},   // private
    {0x64400000, 10},  // carrier-grade NAT
    {0x7f000000, 8},   // loopback
    {0xa9fe0000, 16},  // link-local, metadata services
    {0xac100000, 12},  // private
    {0xc0000000, 24},  // protocol assignments
    {0xc0000200, 24},  // documentation
    {0xc0586300, 24},  // 6to4 relays
    {0xc0a80000, 16},  // private
    {0xc6120000, 15},  // benchmarking
    {0xc6336400, 24},  // documentation
    {0xcb007100, 24},  // documentation
    {0xe0000000, 3},   // multicast, reserved, broadcast
};

bool public4(std::uint32_t address) {
  return std::none_of(std::begin(kNotPublic4), std::end(kNotPublic4), [&](const Range4& range) {
    return (address >> (32U - range.bits)) == (range.base >> (32U - range.bits));
  });
}

std::uint32_t four_bytes(const std::uint8_t* bytes) {
  return std::uint32_t{bytes[0]} << 24U | std::uint32_t{bytes[1]} << 16U | std::uint32_t{bytes[2]} << 8U | bytes[3];
}

bool starts_with(const std::uint8_t* bytes, std::initializer_list<std::uint8_t> prefix) {
  return std::equal(prefix.begin(), prefix.end(), bytes);
}

/// Global unicast is 2000::/3; what embeds an IPv4 address is judged by that address.
bool public6(const std::uint8_t* bytes) {
  if (starts_with(bytes, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff})) return public4(four_bytes(bytes + 12));
  if (starts_with(bytes, {0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0})) return public4(four_bytes(bytes + 12));
  if (starts_with(bytes, {0x20, 0x02})) return public4(four_bytes(bytes + 2));
  if (starts_with(bytes, {0x20, 0x01, 0x0d, 0xb8})) return false;  // documentation
  if (starts_with(bytes, {0x20, 0x01}) && (bytes[2] & 0xfeU) == 0)
    return false;  // Teredo, ORCHID and other assignments
  return (bytes[0] & 0xe0U) == 0x20U;
}

constexpr Range4 kInternal4[] = {
    {0x0a000000, 8},   // private
    {0x64400000, 10},  // carrier-grade NAT
    {0x7f000000, 8},   // loopback
    {0xac100000, 12},  // private
    {0xc0a80000, 16},  // private
};
constexpr std::uint32_t kMetadata4 = 0x646464c8;  // 100.100.100.200, the one that is not link-local

bool internal4(std::uint32_t address) {
  return address != kMetadata4 && std::any_of(std::begin(kInternal4), std::end(kInternal4), [&](const Range4& range) {
           return (address >> (32U - range.bits)) == (range.base >> (32U - range.bits));
         });
}

bool internal6(const std::uint8_t* bytes) {
  if (starts_with(bytes, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff})) return internal4(four_bytes(bytes + 12));
  if (starts_with(bytes, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1})) return true;
  if (starts_with(bytes, {0xfd, 0x00, 0x0e, 0xc2})) return false;  // metadata services
  if (starts_with(bytes, {0xfd, 0x20, 0x00, 0xce})) return false;
  return (bytes[0] & 0xfeU) == 0xfcU;
}

}  // namespace

bool is_internal_address(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, address, sizeof in);
    return internal4(ntohl(in.sin_addr.s_addr));
  }
  if (address->sa_family != AF_INET6) return false;
  sockaddr_in6 in{};
  std::memcpy(&in, address, sizeof in);
  return internal6(in.sin6_addr.s6_addr);
}

bool is_loopback_address(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, address, sizeof in);
    return ntohl(in.sin_addr.s_addr) >> 24U == 127U;
  }
  if (address->sa_family != AF_INET6) return false;
  sockaddr_in6 in{};
  std::memcpy(&in, address, sizeof in);
  return IN6_IS_ADDR_LOOPBACK(&in.sin6_addr);
}

bool is_public_address(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, address, sizeof in);
    return public4(ntohl(in.sin_addr.s_addr));
  }
  if (address->sa_family != AF_INET6) return false;
  sockaddr_in6 in{};
  std::memcpy(&in, address, sizeof in);
  return public6(in.sin6_addr.s6_addr);
}

}  // namespace overreach
