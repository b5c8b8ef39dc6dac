#include "scanner/source/input.h"

#include "scanner/source/reader.h"

namespace overreach {

InputSource::InputSource(int descriptor, std::string label) : descriptor_(descriptor), label_(std::move(label)) {}

void InputSource::read(const Sink& sink, unsigned /*workers*/, Tally& tally) {
  Origin origin;
  origin.source = Origin::Source::input;
  origin.path = label_;
  const Result<void> done = Reader().read_stream(descriptor_, [&](std::string_view bytes, const Part* part) {
    tally.bytes += part == nullptr ? bytes.size() : part->own.size();
    sink(Blob{bytes, {}, std::span(&origin, 1), nullptr, nullptr, part}, 0);
  });
  ++tally.files;
  if (!done) tally.skip(label_, done.error().message, true);
}

}  // namespace overreach
