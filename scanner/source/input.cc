#include "scanner/source/input.h"

#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "scanner/source/file.h"

namespace overreach {

InputSource::InputSource(int descriptor, std::string label) : descriptor_(descriptor), label_(std::move(label)) {}

void InputSource::read(const Sink& sink, unsigned /*workers*/, Tally& tally) {
  std::string bytes;
  std::string chunk(1 << 16, '\0');
  while (bytes.size() <= kMaxFileSize) {
    const ssize_t got = ::read(descriptor_, chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) tally.skip(label_, std::generic_category().message(errno), true);
    if (got <= 0) break;
    bytes.append(chunk.data(), static_cast<std::size_t>(got));
  }
  if (bytes.size() > kMaxFileSize) tally.skip(label_, "only the first 256 MiB were read", true);
  ++tally.files;
  tally.bytes += bytes.size();
  Origin origin;
  origin.source = Origin::Source::input;
  origin.path = label_;
  sink(Blob{bytes, {}, std::span(&origin, 1)}, 0);
}

}  // namespace overreach
