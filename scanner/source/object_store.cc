#include "scanner/source/object_store.h"

#include <algorithm>
#include <fstream>
#include <set>
#include <utility>

namespace overreach {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kAlternateDepth = 5;  // as git

int digit(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }

/// Raw bytes of lower-case hex; empty when it is not hex.
std::string unhex(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    const int high = digit(text[i]);
    const int low = digit(text[i + 1]);
    if (high < 0 || low < 0) return {};
    out += static_cast<char>(high * 16 + low);
  }
  return out;
}

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

void add_packs(const fs::path& objects, std::size_t id_size, ObjectStore& store, Tally& tally) {
  std::vector<fs::path> indexes;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(objects / "pack", error)) {
    const fs::path& path = entry.path();
    if (path.extension() == ".idx") indexes.push_back(path);
    if (path.extension() == ".pack" && !fs::exists(fs::path(path).replace_extension(".idx")))
      tally.skip(path.filename().string(), "pack without an index; run 'git index-pack' on it", true);
  }
  std::sort(indexes.begin(), indexes.end());
  for (const fs::path& index : indexes) {
    Result<Pack> pack = Pack::open(index, id_size);
    if (pack)
      store.packs.push_back(std::move(*pack));
    else
      tally.skip(index.stem().string() + ".pack", pack.error().message, true);
  }
}

void add_loose(const fs::path& objects, std::size_t id_size, ObjectStore& store) {
  std::error_code error;
  for (const fs::directory_entry& fan : fs::directory_iterator(objects, error)) {
    const std::string prefix = fan.path().filename().string();
    if (prefix.size() != 2 || unhex(prefix).empty()) continue;
    for (const fs::directory_entry& entry : fs::directory_iterator(fan.path(), error)) {
      std::string id = unhex(prefix + entry.path().filename().string());
      if (id.size() == id_size) store.loose.push_back(std::move(id));
    }
  }
}

}  // namespace

ObjectStore open_objects(const fs::path& objects, std::size_t id_size, Tally& tally) {
  std::vector<fs::path> directories;
  std::set<fs::path> seen;
  collect_directories(objects, 0, directories, seen);
  ObjectStore store;
  for (const fs::path& directory : directories) {
    add_packs(directory, id_size, store, tally);
    add_loose(directory, id_size, store);
  }
  std::sort(store.loose.begin(), store.loose.end());
  store.loose.erase(std::unique(store.loose.begin(), store.loose.end()), store.loose.end());
  return store;
}

}  // namespace overreach
