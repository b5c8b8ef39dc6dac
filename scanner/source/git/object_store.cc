#include "scanner/source/git/object_store.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <utility>

#include "scanner/base/hash.h"
#include "scanner/source/file.h"
#include "scanner/source/git/delta.h"
#include "scanner/source/git/loose.h"

namespace overreach {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kAlternateDepth = 5;  // as git

/// The object directories, ours first, each once.
void collect_directories(const fs::path& objects, unsigned depth, std::vector<fs::path>& out,
                         std::set<fs::path>& seen) {
  std::error_code error;
  const fs::path real = fs::canonical(objects, error);
  if (error || depth > kAlternateDepth || !seen.insert(real).second) return;
  out.push_back(real);
  std::ifstream file(real / "info/alternates");
  for (std::string line; std::getline(file, line);)
    if (!line.empty() && line[0] != '#') collect_directories(real / line, depth + 1, out, seen);
}

/// What git tells a hook that looks at objects which are still in quarantine.
void collect_from_environment(std::vector<fs::path>& out, std::set<fs::path>& seen) {
  const char* list = std::getenv("GIT_ALTERNATE_OBJECT_DIRECTORIES");
  std::istringstream directories(list == nullptr ? "" : list);
  for (std::string directory; std::getline(directories, directory, ':');)
    if (!directory.empty()) collect_directories(directory, 1, out, seen);
}

std::vector<Pack> open_packs(const fs::path& objects, std::size_t id_size, Tally& tally) {
  std::vector<fs::path> indexes;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(objects / "pack", error)) {
    const fs::path& path = entry.path();
    if (path.extension() == ".idx") indexes.push_back(path);
    if (path.extension() == ".pack" && !fs::exists(fs::path(path).replace_extension(".idx")))
      tally.lose(path.filename().string(), "pack without an index; run 'git index-pack' on it");
  }
  std::sort(indexes.begin(), indexes.end());
  std::vector<Pack> packs;
  for (const fs::path& index : indexes) {
    Result<Pack> pack = Pack::open(index, id_size);
    const std::string name = index.stem().string() + ".pack";
    if (!pack) {
      tally.lose(name, pack.error().message);
      continue;
    }
    if (!pack->whole()) tally.lose(name, "cut off or changed: it is not what its index says; the rest was read");
    packs.push_back(std::move(*pack));
  }
  return packs;
}

void add_loose(const fs::path& objects, std::size_t id_size, std::uint32_t directory,
               std::vector<ObjectStore::Loose>& out) {
  std::error_code error;
  for (const fs::directory_entry& fan : fs::directory_iterator(objects, error)) {
    const std::string prefix = fan.path().filename().string();
    if (prefix.size() != 2 || unhex(prefix).empty()) continue;
    for (const fs::directory_entry& entry : fs::directory_iterator(fan.path(), error)) {
      std::string id = unhex(prefix + entry.path().filename().string());
      if (id.size() == id_size) out.push_back({std::move(id), directory});
    }
  }
}

/// A delta that waits for its base.
struct Pending {
  const Pack* pack;
  Pack::Stored stored;
};

Result<std::string> inflated(const Pack& pack, const Pack::Stored& stored, const Inflater& inflater) {
  if (stored.size > kMaxFileSize) return fail(Error::Kind::limit, "larger than 256 MiB");
  std::string out(stored.size, '\0');
  if (Result<void> read = pack.inflate(stored, inflater, out.data()); !read) return tl::unexpected(read.error());
  return out;
}

/// Applies deltas to `object`, the last one first.
Result<Object> grow(Object object, const std::vector<Pending>& chain, const Inflater& inflater) {
  Delta delta;
  for (auto it = chain.rbegin(); it != chain.rend(); ++it) {
    const Result<std::string> bytes = inflated(*it->pack, it->stored, inflater);
    if (!bytes) return tl::unexpected(bytes.error());
    if (Result<void> parsed = delta.parse(*bytes, object.bytes.size()); !parsed) return tl::unexpected(parsed.error());
    if (delta.size > kMaxFileSize) return fail(Error::Kind::limit, "larger than 256 MiB");
    std::string next(delta.size, '\0');
    apply(delta, *bytes, object.bytes, next.data());
    object.bytes = std::move(next);
  }
  return object;
}

struct ById {
  bool operator()(const ObjectStore::Loose& loose, std::string_view id) const { return loose.id < id; }
  bool operator()(std::string_view id, const ObjectStore::Loose& loose) const { return id < loose.id; }
};

}  // namespace

ObjectStore::ObjectStore(const fs::path& objects, std::size_t id_size, Tally& tally) : id_size_(id_size) {
  std::set<fs::path> seen;
  collect_directories(objects, 0, directories_, seen);
  collect_from_environment(directories_, seen);
  for (const fs::path& directory : directories_)
    for (Pack& pack : open_packs(directory, id_size, tally)) packs_.push_back(std::move(pack));
}

void ObjectStore::list_loose() {
  loose_.clear();
  for (std::uint32_t i = 0; i < directories_.size(); ++i) add_loose(directories_[i], id_size_, i, loose_);
  std::sort(loose_.begin(), loose_.end());
  listed_ = true;
}

const Pack* ObjectStore::pack_of(std::string_view raw_id) const {
  const auto it = std::find_if(packs_.begin(), packs_.end(), [&](const Pack& p) { return p.position_of(raw_id); });
  return it == packs_.end() ? nullptr : &*it;
}

bool ObjectStore::in_packs(std::string_view raw_id, std::size_t count) const {
  return std::any_of(packs_.begin(), packs_.begin() + static_cast<std::ptrdiff_t>(count),
                     [&](const Pack& pack) { return pack.position_of(raw_id).has_value(); });
}

std::vector<ObjectStore::Loose> ObjectStore::loose_copies(std::string_view raw_id) const {
  if (listed_) {
    const auto [first, last] = std::equal_range(loose_.begin(), loose_.end(), raw_id, ById{});
    return {first, last};
  }
  std::vector<Loose> out;
  if (raw_id.size() != id_size_) return out;
  std::error_code error;
  for (std::uint32_t i = 0; i < directories_.size(); ++i)
    if (Loose loose{std::string(raw_id), i}; fs::exists(path_of(loose), error)) out.push_back(std::move(loose));
  return out;
}

fs::path ObjectStore::path_of(const Loose& loose) const {
  const std::string name = hex(loose.id);
  return directories_[loose.directory] / name.substr(0, 2) / name.substr(2);
}

bool ObjectStore::has(std::string_view raw_id) const {
  return !loose_copies(raw_id).empty() || in_packs(raw_id, packs_.size());
}

Result<Object> ObjectStore::read(std::string_view raw_id, const Pack* avoid) const {
  Error first{Error::Kind::io, "the object is not here"};
  bool tried = false;
  const auto note = [&](const Error& error) {
    if (!tried) first = error;
    tried = true;
  };
  for (const Pack& pack : packs_) {
    const std::optional<std::uint32_t> position = pack.position_of(raw_id);
    if (!position || &pack == avoid) continue;
    Result<Object> object = read_packed(pack, pack.offset_at(*position));
    if (object) return object;
    note(object.error());
  }
  for (const Loose& loose : loose_copies(raw_id)) {
    Result<Object> object = read(loose);
    if (object && is(*object, raw_id)) return object;
    note(object ? mismatch() : object.error());
  }
  return tl::unexpected(first);
}

Result<Object> ObjectStore::read(const Loose& loose) const { return read_loose(path_of(loose)); }

bool ObjectStore::is(const Object& object, std::string_view raw_id) const {
  return object_id(object.type, object.bytes, id_size_) == raw_id;
}

Error ObjectStore::mismatch() {
  return {Error::Kind::malformed, "hash mismatch: its content is not what its name says"};
}

/// Follows the chain of deltas to its root, wherever that lies, and builds the object from there.
Result<Object> ObjectStore::read_packed(const Pack& first, std::uint64_t offset) const {
  constexpr std::size_t kLongestChain = 100'000;  // git makes 50, and 4095 when asked to
  const Inflater inflater;
  std::vector<Pending> chain;
  const Pack* pack = &first;
  while (chain.size() < kLongestChain) {
    const std::optional<Pack::Stored> stored = pack->stored_at(offset);
    if (!stored) return fail(Error::Kind::malformed, "damaged pack entry");
    if (stored->type == ObjectType::ofs_delta) {
      chain.push_back({pack, *stored});
      offset = stored->base_offset;
    } else if (stored->type == ObjectType::ref_delta) {
      chain.push_back({pack, *stored});
      const Pack* home = pack->position_of(stored->base_id) ? pack : pack_of(stored->base_id);
      if (home == nullptr) {  // a fetch that was cut off can leave a delta whose base is loose
        Result<Object> base = read(stored->base_id);
        if (!base) return fail(Error::Kind::malformed, "its delta base is missing");
        return grow(std::move(*base), chain, inflater);
      }
      pack = home;
      offset = pack->offset_at(*pack->position_of(stored->base_id));
    } else {
      Result<std::string> bytes = inflated(*pack, *stored, inflater);
      if (!bytes) return tl::unexpected(bytes.error());
      return grow({stored->type, std::move(*bytes)}, chain, inflater);
    }
  }
  return fail(Error::Kind::malformed, "its chain of deltas does not end");
}

}  // namespace overreach
