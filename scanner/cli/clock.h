// The time of day, for reports and logs.
#pragma once

#include <array>
#include <ctime>
#include <string>

namespace overreach {

/// Now, in UTC, as strftime() writes it with `format`; at most 63 characters.
inline std::string utc_now(const char* format) {
  const std::time_t time = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&time, &utc);
  std::array<char, 64> text{};
  return {text.data(), std::strftime(text.data(), text.size(), format, &utc)};
}

}  // namespace overreach
