#include <arpa/inet.h>
#include <netinet/in.h>

#include <catch2/catch.hpp>
#include <cstring>

#include "detectors/probe/address.h"

namespace overreach {
namespace {

sockaddr_storage address(const char* text) {
  sockaddr_storage out{};
  sockaddr_in four{};
  sockaddr_in6 six{};
  if (inet_pton(AF_INET, text, &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    std::memcpy(&out, &four, sizeof four);
  } else {
    REQUIRE(inet_pton(AF_INET6, text, &six.sin6_addr) == 1);
    six.sin6_family = AF_INET6;
    std::memcpy(&out, &six, sizeof six);
  }
  return out;
}

TEST_CASE("only addresses of the public internet are public", "[probe]") {
  struct Row {
    const char* text;
    bool is_public, loopback;
  };
  const Row rows[] = {
      {"8.8.8.8", true, false},
      {"1.1.1.1", true, false},
      {"172.15.255.255", true, false},
      {"172.32.0.0", true, false},
      {"0.0.0.0", false, false},
      {"10.1.2.3", false, false},
      {"100.64.0.1", false, false},
      {"127.0.0.1", false, true},
      {"127.255.0.9", false, true},
      {"169.254.169.254", false, false},
      {"172.16.0.1", false, false},
      {"172.31.255.255", false, false},
      {"192.168.1.1", false, false},
      {"198.18.0.1", false, false},
      {"224.0.0.1", false, false},
      {"255.255.255.255", false, false},
      {"2606:4700:4700::1111", true, false},
      {"::1", false, true},
      {"::", false, false},
      {"fe80::1", false, false},
      {"fd00:ec2::254", false, false},
      {"ff02::1", false, false},
      {"::ffff:127.0.0.1", false, false},
      {"::ffff:8.8.8.8", true, false},
      {"64:ff9b::a9fe:a9fe", false, false},
      {"64:ff9b::808:808", true, false},
      {"2002:7f00:1::", false, false},
      {"2002:808:808::", true, false},
      {"2001:db8::1", false, false},
      {"2001::1", false, false},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    const sockaddr_storage storage = address(row.text);
    const auto* generic = reinterpret_cast<const sockaddr*>(&storage);
    CHECK(is_public_address(generic) == row.is_public);
    CHECK(is_loopback_address(generic) == row.loopback);
  }
}

}  // namespace
}  // namespace overreach
