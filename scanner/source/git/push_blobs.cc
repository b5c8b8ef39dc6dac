#include "scanner/source/git/push_blobs.h"

#include "scanner/base/hash.h"
#include "scanner/source/parallel.h"

namespace overreach {
namespace {

constexpr std::string_view kPointer = "version https://git-lfs.github.com/spec/";
constexpr std::size_t kLargestPointer = 1024;  // the specification's limit

std::string why_not(const Error& error, bool here, bool partial_clone) {
  if (here || !partial_clone) return "unreadable object: " + error.message;
  return "not in this partial clone, and nothing is fetched; 'git fetch --refetch --no-filter' makes it complete";
}

}  // namespace

void note_pointer(std::string_view bytes, const std::string& path, Tally& tally) {
  if (bytes.size() < kLargestPointer && bytes.starts_with(kPointer))
    tally.skip(path, "LFS pointer: content is not in the repository", false);
}

void push_blobs(const ObjectStore& store, bool partial_clone, std::span<const WantedBlob> wanted, const Sink& sink,
                unsigned workers, Tally& tally) {
  parallel_for(wanted.size(), workers, [&](std::size_t i, unsigned worker) {
    const WantedBlob& blob = wanted[i];
    const std::string& path = blob.origins[0].path;
    const Result<Object> object = store.read(blob.id);
    if (!object) return tally.skip(path, why_not(object.error(), store.has(blob.id), partial_clone), true);
    if (object->type != ObjectType::blob) return tally.skip(path, "unreadable object: it is no file", true);
    note_pointer(object->bytes, path, tally);
    ++tally.blobs;
    tally.bytes += object->bytes.size();
    sink(Blob{object->bytes, blob.id, blob.origins}, worker);
  });
}

}  // namespace overreach
