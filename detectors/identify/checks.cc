// Checksums that providers put into their tokens.
//
// A failing check drops the candidate, so only layouts that were verified against samples are
// here. GitHub's fine-grained tokens and GitLab's routable ones carry a checksum too, but what
// goes into it is not documented well enough to reject anything.
#include <algorithm>
#include <array>
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

constexpr std::array<Check, 3> kChecks = {{
    {"github-crc32", base62_valid, with_base62},
    {"grafana-crc32", grafana_valid, with_grafana},
    {"npm-crc32", base62_valid, with_base62},
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
