#include "detectors/identify/nearby.h"

#include <algorithm>
#include <cctype>
#include <string>

#include "detectors/identify/regexes.h"

namespace overreach {
namespace {

constexpr std::uint64_t kReach = 2048;  // bytes on either side

/// `volumeId` as a pattern for volumeId, volume_id, VOLUME-ID and volume.id.
std::string name_pattern(std::string_view name) {
  std::string out;
  char previous = 0;
  for (const char c : name) {
    const bool word = std::isalnum(static_cast<unsigned char>(c)) != 0;
    const bool camel =
        std::isupper(static_cast<unsigned char>(c)) != 0 && std::islower(static_cast<unsigned char>(previous)) != 0;
    if (camel || (!word && std::isalnum(static_cast<unsigned char>(previous)) != 0)) out += "[-_.]?";
    if (word) out += c;
    previous = c;
  }
  return out;
}

/// Name, then an operator or a space, then the identifier in group 1.
std::string pattern_of(const IdSpec& spec) {
  std::string names;
  for (const std::string& name : spec.names) names += (names.empty() ? "" : "|") + name_pattern(name);
  return "(?:^|[^0-9A-Za-z])(?i:" + names +
         ")[\"'`\\\\\\]]{0,3}[ \\t]*(?:=>|:=|[=:(,]|[ \\t])[ \\t\"'`\\\\({\\[]{0,8}(?P<id>" + spec.pattern +
         ")(?:[^0-9A-Za-z_-]|$)";
}

std::uint32_t line_of(std::string_view bytes, const Reading& reading, std::uint64_t offset) {
  const auto breaks = [&](std::uint64_t begin, std::uint64_t end) {
    const std::string_view text = bytes.substr(begin, end - begin);
    return static_cast<std::uint32_t>(std::count(text.begin(), text.end(), '\n'));
  };
  const std::uint64_t own = reading.secret.begin;
  return offset < own ? reading.at.line - breaks(offset, own) : reading.at.line + breaks(own, offset);
}

void find_ids(std::string_view bytes, const Reading& reading, const Hidden& hidden, const IdSpec& spec,
              std::vector<NearbyId>& out) {
  const re2::RE2& regex = compiled(pattern_of(spec));
  const int group = regex.NamedCapturingGroups().at("id");
  std::vector<re2::StringPiece> groups(static_cast<std::size_t>(group) + 1);
  std::uint64_t at = reading.secret.begin - std::min(reading.secret.begin, kReach);
  const std::uint64_t end = std::min<std::uint64_t>(bytes.size(), reading.secret.end + kReach);
  while (at < end && regex.Match({bytes.data(), bytes.size()}, at, end, re2::RE2::UNANCHORED, groups.data(),
                                 static_cast<int>(groups.size()))) {
    const re2::StringPiece id = groups.back();
    const auto begin = static_cast<std::uint64_t>(id.data() - bytes.data());
    at = begin + std::max<std::uint64_t>(id.size(), 1);
    if (id.empty() || !hidden.within(begin, begin + id.size()).empty()) continue;
    out.push_back({spec.resource, std::string(id), {}, line_of(bytes, reading, begin)});
  }
}

}  // namespace

std::vector<NearbyId> nearby_ids(std::string_view bytes, const Reading& reading, const Hidden& hidden) {
  std::vector<NearbyId> out;
  for (const IdSpec& spec : reading.provider->ids)
    if (!spec.names.empty()) find_ids(bytes, reading, hidden, spec, out);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace overreach
