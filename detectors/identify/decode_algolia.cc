// A secured key of Algolia is base64 of an HMAC (64 hex digits) and of the restrictions as a query string:
//
//   <hmac>filters=owner%3A7&restrictIndices=orders%2Corders_archive&validUntil=1798761600
//
// Whoever holds it can read them, and cannot change them. What is not said there is what the key may that made it.
#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

#include "detectors/identify/decode.h"
#include "detectors/identify/encoding.h"

namespace overreach {
namespace {

constexpr std::size_t kHmac = 64;

/// The restrictions; nothing when this is no such key.
std::optional<std::string> restrictions_of(std::string_view key) {
  const auto text = base64_decode(key);
  if (!text || text->size() < kHmac) return std::nullopt;
  const auto is_hex = [](unsigned char c) { return std::isdigit(c) != 0 || (c >= 'a' && c <= 'f'); };
  const auto is_printable = [](unsigned char c) { return c > 0x20 && c < 0x7f; };
  if (!std::all_of(text->begin(), text->begin() + kHmac, is_hex) ||
      !std::all_of(text->begin() + kHmac, text->end(), is_printable))
    return std::nullopt;
  return text->substr(kHmac);
}

std::string value_of(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view part = query.substr(0, end);
    if (part.size() > name.size() && part.starts_with(name) && part[name.size()] == '=')
      return percent_decode(part.substr(name.size() + 1));
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return {};
}

}  // namespace

void decode_algolia_secured(const TokenRule&, const Provider& provider, Token& token) {
  const auto query = restrictions_of(token.secret.reveal());
  if (!query) return;
  Powers& powers = decoded_of(token);
  const std::string until = value_of(*query, "validUntil");
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(until.data(), until.data() + until.size(), seconds);
  if (!until.empty() && error == std::errc() && end == until.data() + until.size()) powers.expires = iso_time(seconds);
  if (const std::string filters = value_of(*query, "filters"); !filters.empty())
    powers.notes.push_back("it sees records of one filter only: " + plain(filters));
  // A list of names: ["a","b"] or a,b.
  std::string names = value_of(*query, "restrictIndices");
  std::erase_if(names, [](char c) { return c == '[' || c == ']' || c == '"'; });
  if (names.empty()) return grant(provider, powers, {"object.read"}, Where(), Proof::decoded);
  for (std::size_t at = 0; at < names.size();) {
    const std::size_t comma = std::min(names.find(',', at), names.size());
    Where where;
    where.set("index", plain(names.substr(at, comma - at)));
    grant(provider, powers, {"object.read"}, where, Proof::decoded);
    at = comma + 1;
  }
}

}  // namespace overreach
