#include "scanner/source/source.h"

#include <algorithm>
#include <array>

namespace overreach {

std::string shown_path(const Origin& origin) {
  return origin.inner.empty() ? origin.path : origin.path + "!/" + origin.inner;
}

std::string_view to_string(Origin::Source source) {
  constexpr std::array<std::string_view, 5> names = {"tree", "index", "commit", "history", "stdin"};
  return names[static_cast<std::size_t>(source)];
}

void Tally::skip(std::string path, std::string reason, bool incomplete) {
  const std::scoped_lock lock(mutex_);
  skipped_.push_back({std::move(path), std::move(reason), incomplete});
}

void Tally::lose(std::string path, std::string reason) {
  ++lost;
  skip(std::move(path), std::move(reason), true);
}

std::vector<Skipped> Tally::skipped() const {
  const std::scoped_lock lock(mutex_);
  std::vector<Skipped> out = skipped_;
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

bool Tally::incomplete() const {
  const std::scoped_lock lock(mutex_);
  return std::any_of(skipped_.begin(), skipped_.end(), [](const Skipped& s) { return s.incomplete; });
}

}  // namespace overreach
