#include "scanner/source/git/since.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <string>

namespace overreach {
namespace {

constexpr std::int64_t kMinute = 60, kHour = 60 * kMinute, kDay = 24 * kHour;

/// `digits` decimal digits at the front of `rest`, taken off; nothing when they are not there.
std::optional<std::int64_t> take_number(std::string_view& rest, std::size_t digits) {
  if (rest.size() < digits) return std::nullopt;
  std::int64_t value = 0;
  const auto [stop, error] = std::from_chars(rest.data(), rest.data() + digits, value);
  if (error != std::errc() || stop != rest.data() + digits || rest[0] == '-') return std::nullopt;
  rest.remove_prefix(digits);
  return value;
}

bool take(std::string_view& rest, std::string_view text) {
  if (!rest.starts_with(text)) return false;
  rest.remove_prefix(text.size());
  return true;
}

/// Days from 1970-01-01 in the Gregorian calendar; years begin in March here, so that the leap day comes last.
std::int64_t days_of(std::int64_t year, std::int64_t month, std::int64_t day) {
  if (month <= 2) --year;
  const std::int64_t era = year / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

/// Z, +02:00, +0200; nothing at the end means UTC.
std::optional<std::int64_t> take_zone(std::string_view& rest) {
  if (rest.empty() || take(rest, "Z")) return 0;
  const std::int64_t sign = rest[0] == '-' ? -1 : 1;
  if (!take(rest, "+") && !take(rest, "-")) return std::nullopt;
  const auto hours = take_number(rest, 2);
  take(rest, ":");
  const auto minutes = take_number(rest, 2);
  if (!hours || !minutes) return std::nullopt;
  return sign * (*hours * kHour + *minutes * kMinute);
}

std::optional<std::int64_t> parse_date(std::string_view rest) {
  const auto year = take_number(rest, 4);
  if (!year || !take(rest, "-")) return std::nullopt;
  const auto month = take_number(rest, 2);
  if (!month || !take(rest, "-")) return std::nullopt;
  const auto day = take_number(rest, 2);
  if (!day || *month < 1 || *month > 12 || *day < 1 || *day > 31) return std::nullopt;
  std::int64_t time = days_of(*year, *month, *day) * kDay;
  if (rest.empty()) return time;
  if (!take(rest, "T") && !take(rest, " ")) return std::nullopt;
  const auto hour = take_number(rest, 2);
  if (!hour || !take(rest, ":")) return std::nullopt;
  const auto minute = take_number(rest, 2);
  const auto second = take(rest, ":") ? take_number(rest, 2) : std::optional<std::int64_t>(0);
  if (!minute || !second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  const auto zone = take_zone(rest);
  if (!zone || !rest.empty()) return std::nullopt;
  return time + *hour * kHour + *minute * kMinute + *second - *zone;
}

struct Unit {
  std::string_view name;
  std::int64_t seconds;
};
constexpr std::array kUnits = {Unit{"s", 1},
                               Unit{"sec", 1},
                               Unit{"second", 1},
                               Unit{"min", kMinute},
                               Unit{"minute", kMinute},
                               Unit{"h", kHour},
                               Unit{"hour", kHour},
                               Unit{"d", kDay},
                               Unit{"day", kDay},
                               Unit{"w", 7 * kDay},
                               Unit{"week", 7 * kDay},
                               Unit{"mo", 30 * kDay},
                               Unit{"month", 30 * kDay},
                               Unit{"y", 365 * kDay},
                               Unit{"year", 365 * kDay}};

/// "2.weeks.ago", "2 weeks", "2w".
std::optional<std::int64_t> parse_age(std::string_view rest) {
  constexpr std::int64_t kMost = 1'000'000'000;
  std::int64_t count = 0;
  const auto [stop, error] = std::from_chars(rest.data(), rest.data() + rest.size(), count);
  if (error != std::errc() || count < 0 || count > kMost) return std::nullopt;
  std::string unit;
  for (const char c : rest.substr(static_cast<std::size_t>(stop - rest.data())))
    if (c != '.' && c != ' ') unit += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (unit.ends_with("ago")) unit.resize(unit.size() - 3);
  if (unit.size() > 2 && unit.ends_with('s')) unit.pop_back();
  const auto known = std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& u) { return u.name == unit; });
  if (known == kUnits.end()) return std::nullopt;
  return count * known->seconds;
}

}  // namespace

std::optional<std::int64_t> parse_since(std::string_view text, std::int64_t now) {
  if (text.starts_with('@')) {
    std::int64_t time = 0;
    const auto [stop, error] = std::from_chars(text.data() + 1, text.data() + text.size(), time);
    return error == std::errc() && stop == text.data() + text.size() ? std::optional(time) : std::nullopt;
  }
  if (const auto date = parse_date(text)) return date;
  const auto age = parse_age(text);
  return age ? std::optional(now - *age) : std::nullopt;
}

}  // namespace overreach
