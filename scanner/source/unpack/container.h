// Which contents hold other contents.
#pragma once

#include <cstdint>
#include <string_view>

namespace overreach {

enum class Container : std::uint8_t {
  none,
  zip,         // and what is one: jar, whl, docx, xlsx, apk, nupkg ...
  seven_zip,   // .7z
  tar,         // not compressed
  compressed,  // gzip, bzip2, xz or zstd round one file or a tar
  sqlite,
  notebook,  // Jupyter
};

/// Judged by the first bytes, never by the name; of a notebook also by the last 512. Costs nothing to speak of.
Container container_of(std::string_view bytes);

}  // namespace overreach
