#include "detectors/identify/lines.h"

#include <algorithm>
#include <cstring>

namespace overreach {

void locate(std::string_view bytes, std::vector<Reading>& readings) {
  Position at;
  std::uint64_t cursor = 0;
  for (Reading& reading : readings) {
    const std::uint64_t target = reading.secret.begin;
    while (cursor < target) {
      const void* found = std::memchr(bytes.data() + cursor, '\n', target - cursor);
      if (found == nullptr) {
        at.utf16 += static_cast<std::uint32_t>(utf16_length(bytes.substr(cursor, target - cursor)));
        cursor = target;
      } else {
        cursor = static_cast<std::uint64_t>(static_cast<const char*>(found) - bytes.data()) + 1;
        at = {at.line + 1, cursor, 0};
      }
    }
    reading.at = at;
  }
}

std::string_view left_of(std::string_view bytes, const Reading& reading, std::uint64_t limit) {
  const std::uint64_t end = reading.secret.begin;
  const std::uint64_t begin = std::max(reading.at.line_begin, end - std::min(end, limit));
  return bytes.substr(begin, end - begin);
}

std::string_view right_of(std::string_view bytes, std::uint64_t from, std::uint64_t limit) {
  std::string_view text = bytes.substr(from, limit);
  const std::size_t end = text.find('\n');
  if (end != std::string_view::npos) text = text.substr(0, end);
  if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  return text;
}

}  // namespace overreach
