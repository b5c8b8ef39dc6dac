#include <algorithm>
#include <array>

#include "detectors/model/finding.h"

namespace overreach {
namespace {

template <class Enum, std::size_t N>
std::optional<Enum> parse(const std::array<std::string_view, N>& names, std::string_view text) {
  const auto it = std::find(names.begin(), names.end(), text);
  if (it == names.end()) return std::nullopt;
  return static_cast<Enum>(it - names.begin());
}

constexpr std::array<std::string_view, 5> kSeverities = {"note", "low", "medium", "high", "critical"};

}  // namespace

std::string_view state_of(const Reach& reach) {
  constexpr std::array<std::string_view, 4> names = {"not-probed", "unknown", "dead", "live"};
  return names[reach.index()];
}

const Powers* powers_of(const Reach& reach) {
  struct Visitor {
    const Powers* operator()(const NotProbed& r) const { return &r.upto; }
    const Powers* operator()(const Unknown& r) const { return &r.upto; }
    const Powers* operator()(const Dead&) const { return nullptr; }
    const Powers* operator()(const Live& r) const { return &r.powers; }
  };
  return std::visit(Visitor{}, reach);
}

std::string_view to_string(Confidence confidence) {
  constexpr std::array<std::string_view, 4> names = {"unknown", "low", "likely", "certain"};
  return names[static_cast<std::size_t>(confidence)];
}

std::string_view to_string(Verdict verdict) {
  constexpr std::array<std::string_view, 5> names = {"fits", "dead", "unknown", "may-overreach", "overreach"};
  return names[static_cast<std::size_t>(verdict)];
}

std::string_view to_string(Severity severity) { return kSeverities[static_cast<std::size_t>(severity)]; }

std::string_view to_string(Remark::Kind kind) {
  constexpr std::string_view kKinds[] = {
      "orphan", "shared", "crosses-environments", "declared-wider", "declared-narrower", "declaration-expired"};
  return kKinds[static_cast<std::size_t>(kind)];
}

std::optional<Severity> parse_severity(std::string_view text) { return parse<Severity>(kSeverities, text); }

const Companion* Token::companion(std::string_view role) const {
  const auto it =
      std::find_if(companions.begin(), companions.end(), [&](const Companion& c) { return c.role == role; });
  return it == companions.end() ? nullptr : &*it;
}

}  // namespace overreach
