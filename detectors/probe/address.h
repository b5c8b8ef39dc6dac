// Which addresses a probe may connect to.
#pragma once

#include <sys/socket.h>

namespace overreach {

/// 127.0.0.0/8 and ::1.
bool is_loopback_address(const sockaddr* address);

/// True for addresses of the public internet: not loopback, private, link-local, carrier-grade NAT,
/// unique-local, multicast, reserved, or one of those written as IPv6 (mapped, 6to4, NAT64).
/// Cloud metadata services live on link-local and unique-local addresses. Source: the IANA
/// special-purpose address registries.
bool is_public_address(const sockaddr* address);

/// Loopback, private, carrier-grade NAT and unique-local addresses: where databases of one's own lie. Allowed only for
/// a host that the user names. False for link-local addresses and for metadata services, wherever clouds put them.
bool is_internal_address(const sockaddr* address);

}  // namespace overreach
