// Checksums that providers put into their tokens.
//
// A failing check drops the candidate, so only layouts that were verified against samples are
// here. GitHub's fine-grained tokens and GitLab's routable ones carry a checksum too, but what
// goes into it is not documented well enough to reject anything.
#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "detectors/identify/identify.h"
#include "scanner/base/hash.h"
#include "scanner/base/result.h"

namespace overreach {
namespace {

constexpr std::size_t kBody = 36;  // GitHub's and the registry's layout: 30 random, 6 checksum
constexpr std::size_t kChecksum = 6;

/// CRC-32 of `text` in base 62, digits before capitals before small letters, six characters.
std::string crc32_base62(std::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::string out(kChecksum, '0');
  std::uint32_t rest = crc32(text);
  for (auto it = out.rbegin(); it != out.rend(); ++it, rest /= 62) *it = kDigits[rest % 62];
  return out;
}

/// The 36 characters after the first underscore, empty when the token is not of this layout
/// (server tokens of GitHub are longer when they are JWTs).
std::string_view body_of(std::string_view token) {
  const std::size_t underscore = token.find('_');
  if (underscore == std::string_view::npos || token.size() - underscore - 1 != kBody) return {};
  return token.substr(underscore + 1);
}

/// `xxx_` + 30 random characters + checksum of those 30.
bool base62_valid(std::string_view token) {
  const std::string_view body = body_of(token);
  if (body.empty()) return true;  // another layout: nothing to check
  return crc32_base62(body.substr(0, kBody - kChecksum)) == body.substr(kBody - kChecksum);
}

std::string with_base62(std::string token) {
  const std::string_view body = body_of(token);
  if (body.empty()) return token;
  const std::string sum = crc32_base62(body.substr(0, kBody - kChecksum));
  return token.replace(token.size() - kChecksum, kChecksum, sum);
}

/// CRC-32 of `text` as eight hex digits in lower case, the highest first.
std::string crc32_hex(std::string_view text) {
  const std::uint32_t sum = crc32(text);
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8)
    bytes += static_cast<char>((sum >> static_cast<unsigned>(shift)) & 0xffU);
  return hex(bytes);
}

/// Where the sum of a layout begins and what it is over; nothing when the token is too short.
struct Summed {
  std::string_view text;
  std::size_t at = std::string_view::npos;
};

/// The last eight capital hex digits, over all that stands before them.
Summed atlassian_parts(std::string_view token) {
  if (token.size() <= 8) return {};
  return {token.substr(0, token.size() - 8), token.size() - 8};
}

std::string atlassian_sum(std::string_view text) {
  std::string out = crc32_hex(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::toupper(c); });
  return out;
}

/// `xxx_`, forty characters, and their sum.
Summed cloudflare_parts(std::string_view token) {
  const std::size_t underscore = token.find('_');
  if (underscore == std::string_view::npos || token.size() - underscore - 1 != 48) return {};
  return {token.substr(underscore + 1, 40), token.size() - 8};
}

/// `cflt`, 54 characters, and the first six characters of the base64 of their sum, little-endian.
Summed confluent_parts(std::string_view token) {
  if (token.size() != 64) return {};
  return {token.substr(4, 54), 58};
}

std::string confluent_sum(std::string_view text) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::uint32_t sum = crc32(text);
  const std::uint64_t bits =  // the four bytes, first byte highest, and four zeros
      ((sum & 0xffULL) << 28U) | ((sum >> 8U & 0xffULL) << 20U) | ((sum >> 16U & 0xffULL) << 12U) |
      ((sum >> 24U) << 4U);
  std::string out;
  for (int shift = 30; shift >= 0; shift -= 6) out += kDigits[bits >> static_cast<unsigned>(shift) & 63U];
  return out;
}

/// `zpka_`, 32 characters, `_` and their sum.
Summed zuplo_parts(std::string_view token) {
  if (token.size() != 46) return {};
  return {token.substr(5, 32), 38};
}

template <Summed (*parts)(std::string_view), std::string (*sum)(std::string_view)>
bool sum_valid(std::string_view token) {
  const Summed summed = parts(token);
  return summed.at != std::string_view::npos && sum(summed.text) == token.substr(summed.at);
}

template <Summed (*parts)(std::string_view), std::string (*sum)(std::string_view)>
std::string with_sum(std::string token) {
  const Summed summed = parts(token);
  if (summed.at == std::string_view::npos) return token;
  const std::string right = sum(summed.text);
  return token.replace(summed.at, std::string::npos, right);
}

/// Eight hex digits: the CRC-32 of what stands before the last underscore, bytes in
/// little-endian order.
std::string grafana_sum(std::string_view text) {
  const std::uint32_t sum = crc32(text);
  std::string bytes;
  for (unsigned shift = 0; shift < 32; shift += 8) bytes += static_cast<char>((sum >> shift) & 0xffU);
  return hex(bytes);
}

bool grafana_valid(std::string_view token) {
  const std::size_t underscore = token.rfind('_');
  return underscore != std::string_view::npos &&
         grafana_sum(token.substr(0, underscore)) == token.substr(underscore + 1);
}

std::string with_grafana(std::string token) {
  const std::size_t underscore = token.rfind('_');
  if (underscore == std::string::npos) return token;
  return token.substr(0, underscore + 1) + grafana_sum(std::string_view(token).substr(0, underscore));
}

struct Check {
  std::string_view name;
  bool (*valid)(std::string_view token);
  std::string (*repair)(std::string token);
};

constexpr std::array<Check, 7> kChecks = {{
    {"atlassian-crc32", sum_valid<atlassian_parts, atlassian_sum>, with_sum<atlassian_parts, atlassian_sum>},
    {"cloudflare-crc32", sum_valid<cloudflare_parts, crc32_hex>, with_sum<cloudflare_parts, crc32_hex>},
    {"confluent-crc32", sum_valid<confluent_parts, confluent_sum>, with_sum<confluent_parts, confluent_sum>},
    {"github-crc32", base62_valid, with_base62},
    {"grafana-crc32", grafana_valid, with_grafana},
    {"npm-crc32", base62_valid, with_base62},
    {"zuplo-crc32", sum_valid<zuplo_parts, crc32_hex>, with_sum<zuplo_parts, crc32_hex>},
}};

const Check& find(std::string_view name) {
  const auto it = std::find_if(kChecks.begin(), kChecks.end(), [&](const Check& check) { return check.name == name; });
  if (it == kChecks.end()) throw RuleError("there is no check '" + std::string(name) + "'");
  return *it;
}

constexpr auto kNames = [] {
  std::array<std::string_view, kChecks.size()> names{};
  std::transform(kChecks.begin(), kChecks.end(), names.begin(), [](const Check& check) { return check.name; });
  return names;
}();
static_assert(std::is_sorted(kNames.begin(), kNames.end()));

}  // namespace

bool checksum_valid(std::string_view name, std::string_view token) { return find(name).valid(token); }

std::string with_valid_checksum(std::string_view name, std::string token) {
  return find(name).repair(std::move(token));
}

std::span<const std::string_view> checksum_names() { return kNames; }

}  // namespace overreach
