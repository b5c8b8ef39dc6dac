// The account number inside an AWS access key id.
//
// The 16 characters after the prefix are base32; bits 1 to 40 of the first six bytes are the
// account (bit 0 and the low seven bits are something else). Keys made before this layout have
// I or J as their fifth character and carry nothing.
#include <fmt/format.h>

#include <cstdint>
#include <optional>

#include "detectors/identify/decode.h"

namespace overreach {
namespace {

std::optional<std::uint64_t> first_48_bits(std::string_view base32) {
  std::uint64_t bits = 0;
  for (const char c : base32.substr(0, 10)) {
    std::uint64_t value = 0;
    if (c >= 'A' && c <= 'Z')
      value = static_cast<std::uint64_t>(c - 'A');
    else if (c >= '2' && c <= '7')
      value = static_cast<std::uint64_t>(c - '2') + 26;
    else
      return std::nullopt;
    bits = bits << 5U | value;
  }
  return bits >> 2U;  // ten characters are 50 bits
}

}  // namespace

void decode_aws_account(const TokenRule&, const Provider&, Token& token) {
  const std::string_view id = token.secret.reveal();
  if (id.size() != 20 || id[4] == 'I' || id[4] == 'J') return;
  const std::optional<std::uint64_t> bits = first_48_bits(id.substr(4));
  if (!bits) return;
  token.facts["account"] = fmt::format("{:012}", (*bits & 0x7fffffffff80U) >> 7U);
  if (id.starts_with("ASIA")) token.facts["lifetime"] = "temporary";
}

}  // namespace overreach
