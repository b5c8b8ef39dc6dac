#include "scanner/source/unpack/inside.h"

#include <algorithm>
#include <utility>

#include "scanner/base/hash.h"
#include "scanner/base/utf8.h"
#include "scanner/source/file.h"

namespace overreach {
namespace {

constexpr std::size_t kLongestName = 4096;    // bytes
constexpr std::size_t kKeepBuffer = 1 << 20;  // a larger one is given back after use

/// Moves the position of a window's begin over `bytes`.
void advance(Part& part, std::string_view bytes) {
  part.offset += bytes.size();
  part.lines += static_cast<std::uint64_t>(std::count(bytes.begin(), bytes.end(), '\n'));
  if (const std::size_t last = bytes.rfind('\n'); last != std::string_view::npos) {
    part.column = part.utf16 = 0;
    bytes.remove_prefix(last + 1);
  }
  part.column += bytes.size();
  part.utf16 += utf16_length(bytes);
}

}  // namespace

Inside::Inside(const Blob& outer, const UnpackLimits& limits, UnpackBudget& budget, Tally& tally, const Push& push)
    : outer_(outer), limits_(limits), budget_(budget), tally_(tally), push_(push) {
  const Origin& first = outer.origins[0];
  prefix_ = (first.path.empty() ? hex(outer.id) : first.path) + "!/";
  if (!first.inner.empty()) prefix_ += first.inner + "!/";
}

bool Inside::begin(std::string name) {
  if (stopped_) return false;
  if (budget_.entries == 0) return stop("holds more files than the limit: the rest was not read");
  --budget_.entries;
  if (name.size() > kLongestName) name.resize(kLongestName);
  name_ = std::move(name);
  bytes_.clear();
  windowed_ = false;
  return true;
}

bool Inside::append(std::string_view bytes) {
  if (stopped_) return false;
  const bool fits = bytes.size() <= budget_.bytes;
  bytes = bytes.substr(0, budget_.bytes);
  budget_.bytes -= bytes.size();
  while (!bytes.empty()) {
    const std::string_view now = bytes.substr(0, limits_.window - bytes_.size());
    bytes_ += now;
    bytes.remove_prefix(now.size());
    if (bytes_.size() == limits_.window) push_window(false);
  }
  if (fits) return true;
  end();
  return stop("unpacks to more than the limit: the rest was not read");
}

/// Pushes what is there, and keeps what the next window needs of it.
void Inside::push_window(bool last) {
  if (!windowed_) {
    part_ = {};
    part_.binary = is_binary(bytes_);
    windowed_ = true;
  }
  part_.own.end = last ? bytes_.size() : bytes_.size() - limits_.margin;
  std::vector<Origin> origins(outer_.origins.begin(), outer_.origins.end());
  for (Origin& origin : origins) origin.inner += (origin.inner.empty() ? "" : "!/") + name_;
  const bool whole = last && part_.offset == 0;
  push_(Blob{bytes_, outer_.id, origins, nullptr, nullptr, whole ? nullptr : &part_});
  if (last) return;
  std::size_t begin = (part_.own.end - limits_.margin) & ~std::size_t{3};
  for (unsigned back = 0; !part_.binary && back < 3 && (static_cast<unsigned char>(bytes_[begin]) & 0xc0U) == 0x80;
       ++back)
    --begin;
  advance(part_, std::string_view(bytes_).substr(0, begin));
  part_.own.begin = part_.own.end - begin;
  bytes_.erase(0, begin);
}

void Inside::end() {
  push_window(true);
  if (bytes_.capacity() > kKeepBuffer) std::string().swap(bytes_);
  bytes_.clear();
}

void Inside::skip(std::string_view name, std::string reason, bool incomplete) {
  partly_ = true;
  std::string path = prefix_ + std::string(name.substr(0, kLongestName));
  if (name.empty()) path.resize(path.size() - 2);
  tally_.skip(std::move(path), std::move(reason), incomplete);
}

bool Inside::stop(std::string reason) {
  stopped_ = true;
  skip({}, std::move(reason), true);
  return false;
}

}  // namespace overreach
