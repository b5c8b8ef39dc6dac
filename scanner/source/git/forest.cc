#include "scanner/source/git/forest.h"

#include <cstring>
#include <utility>

#include "scanner/base/hash.h"
#include "scanner/source/file.h"

namespace overreach {
namespace {

constexpr std::size_t kSpareBuffers = 16;
constexpr std::uint64_t kKeepBuffer = std::uint64_t{4} << 20U;  // larger ones are freed at once

bool is_delta(ObjectType type) { return type == ObjectType::ofs_delta || type == ObjectType::ref_delta; }

}  // namespace

ForestWalk::ForestWalk(const Pack& pack, const std::vector<Use>& uses, const Sink& sink, unsigned worker, Tally& tally,
                       const ReadElsewhere& elsewhere)
    : pack_(pack), uses_(uses), sink_(sink), worker_(worker), tally_(tally), elsewhere_(elsewhere) {}

ForestWalk::Buffer ForestWalk::take(std::uint64_t size) {
  Buffer buffer;
  if (!spare_.empty()) {
    buffer = std::move(spare_.back());
    spare_.pop_back();
  }
  if (buffer.capacity < size) {
    buffer.capacity = size + size / 4;
    buffer.data = std::make_unique_for_overwrite<char[]>(buffer.capacity);
  }
  buffer.size = size;
  return buffer;
}

void ForestWalk::give_back(Buffer buffer) {
  if (buffer.capacity <= kKeepBuffer && spare_.size() < kSpareBuffers) spare_.push_back(std::move(buffer));
}

Result<void> ForestWalk::build_root(std::uint32_t i, Buffer& buffer) {
  const Pack::Entry& entry = pack_.entries()[i];
  derived_ = false;
  if (is_delta(entry.type)) return fail(Error::Kind::malformed, "its delta base is missing");
  if (entry.size > kMaxFileSize) return fail(Error::Kind::limit, "larger than 256 MiB");
  buffer = take(entry.size);
  inflated_ += entry.size;
  return pack_.inflate(i, inflater_, buffer.data.get());
}

Result<void> ForestWalk::build_child(std::uint32_t i, const Frame& parent, Buffer& buffer) {
  const Pack::Entry& entry = pack_.entries()[i];
  derived_ = false;
  if (entry.size > kMaxFileSize) return fail(Error::Kind::limit, "delta larger than 256 MiB");
  if (delta_bytes_.capacity < entry.size) {
    give_back(std::exchange(delta_bytes_, Buffer{}));
    delta_bytes_ = take(entry.size);
  }
  delta_bytes_.size = entry.size;
  inflated_ += entry.size;
  if (Result<void> read = pack_.inflate(i, inflater_, delta_bytes_.data.get()); !read) return read;
  if (Result<void> parsed = delta_.parse(delta_bytes_.bytes(), parent.buffer.size); !parsed) return parsed;
  if (delta_.size > kMaxFileSize) return fail(Error::Kind::limit, "larger than 256 MiB");
  buffer = take(delta_.size);
  apply(delta_, delta_bytes_.bytes(), parent.buffer.bytes(), buffer.data.get());
  derived_ = true;
  return {};
}

/// Builds the blob of an entry into `frame` and pushes it if it is to be. False when it is lost.
bool ForestWalk::enter(std::uint32_t i, const Frame* parent, Frame& frame) {
  frame.entry = i;
  const std::string_view raw_id = pack_.id(i);
  const Result<void> built = parent == nullptr ? build_root(i, frame.buffer) : build_child(i, *parent, frame.buffer);
  if (!built) {
    const std::optional<std::string> other = elsewhere_(raw_id, false);
    if (!other) {
      lose(i, built.error().message);
      return false;
    }
    give_back(std::exchange(frame.buffer, Buffer{}));
    frame.buffer = take(other->size());
    std::memcpy(frame.buffer.data.get(), other->data(), other->size());
    derived_ = false;
  }
  if (uses_[i] == Use::push) push(i, parent, frame);
  return true;
}

void ForestWalk::push(std::uint32_t i, const Frame* parent, Frame& frame) {
  Origin origin;
  origin.source = Origin::Source::history;
  Blob blob{frame.buffer.bytes(), pack_.id(i), std::span(&origin, 1)};
  Derivation derivation;
  if (derived_ && !delta_.segments.empty()) {
    derivation = {parent->memory.get(), parent->buffer.size, delta_.segments};
    blob.derivation = &derivation;
  }
  if (!pack_.children(i).empty()) blob.memory = &frame.memory;
  ++tally_.blobs;
  tally_.bytes += blob.bytes.size();
  sink_(blob, worker_);
}

/// A damaged entry takes with it everything that derives from it, but for what has another copy.
void ForestWalk::lose(std::uint32_t i, const std::string& why) {
  std::vector<std::uint32_t> below(pack_.children(i).begin(), pack_.children(i).end());
  std::size_t others = 0;
  while (!below.empty()) {
    const std::uint32_t entry = below.back();
    below.pop_back();
    below.insert(below.end(), pack_.children(entry).begin(), pack_.children(entry).end());
    if (uses_[entry] == Use::push && !push_copy(entry)) ++others;
  }
  if (uses_[i] != Use::push && others == 0) return;
  tally_.lose(hex(pack_.id(i)),
              "unreadable object: " + why +
                  (others == 0 ? "" : "; " + std::to_string(others) + " objects that derive from it are lost too"));
}

/// Pushes a copy of the object that lies elsewhere, if there is one.
bool ForestWalk::push_copy(std::uint32_t entry) {
  const std::optional<std::string> copy = elsewhere_(pack_.id(entry), true);
  if (!copy) return false;
  Frame frame;
  frame.buffer = take(copy->size());
  std::memcpy(frame.buffer.data.get(), copy->data(), copy->size());
  derived_ = false;
  push(entry, nullptr, frame);
  give_back(std::move(frame.buffer));
  return true;
}

void ForestWalk::read(std::uint32_t root) {
  walk(root);
  tally_.inflated += std::exchange(inflated_, 0);
}

void ForestWalk::walk(std::uint32_t root) {
  std::vector<Frame> stack(1);
  if (!enter(root, nullptr, stack[0])) return;
  while (!stack.empty()) {
    Frame& top = stack.back();
    const std::span<const std::uint32_t> children = pack_.children(top.entry);
    if (top.next == children.size()) {
      give_back(std::move(top.buffer));
      stack.pop_back();
      continue;
    }
    const std::uint32_t child = children[top.next++];
    if (uses_[child] == Use::skip) continue;
    Frame frame;
    if (!enter(child, &top, frame)) continue;
    if (top.next == children.size()) {  // nobody needs the parent any more
      give_back(std::move(top.buffer));
      stack.back() = std::move(frame);
    } else {
      stack.push_back(std::move(frame));
    }
  }
}

}  // namespace overreach
