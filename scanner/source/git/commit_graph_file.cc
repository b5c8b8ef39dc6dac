#include "scanner/source/git/commit_graph_file.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "scanner/source/git/bytes.h"
#include "scanner/source/mapped_file.h"

namespace overreach {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kNoParent = 0x70000000U;
constexpr std::uint32_t kLast = 0x80000000U;  // of a list of parents; in the second parent: there is such a list

/// One file of a chain.
struct Layer {
  MappedFile file;
  std::string_view ids, data, edges;  // chunks
  std::uint32_t count = 0;            // commits
  std::uint32_t first = 0;            // number of the first one in the whole chain
};

/// The chunk with this name; empty when there is none, or when it does not lie in the file.
std::string_view chunk(std::string_view file, std::string_view name) {
  constexpr std::size_t kHeader = 8, kRow = 12;
  const std::size_t chunks = static_cast<std::uint8_t>(file[6]);
  if (file.size() < kHeader + (chunks + 1) * kRow) return {};
  for (std::size_t i = 0; i < chunks; ++i) {
    const std::size_t row = kHeader + i * kRow;
    if (file.substr(row, 4) != name) continue;
    const std::uint64_t begin = big_endian(file, row + 4, 8);
    const std::uint64_t end = big_endian(file, row + kRow + 4, 8);
    return begin <= end && end <= file.size() ? file.substr(begin, end - begin) : std::string_view();
  }
  return {};
}

std::optional<Layer> open_layer(const fs::path& path, std::size_t id_size) {
  Result<MappedFile> mapped = MappedFile::open(path);
  if (!mapped) return std::nullopt;
  Layer layer;
  layer.file = std::move(*mapped);
  const std::string_view bytes = layer.file.bytes();
  if (bytes.size() < 8 || !bytes.starts_with("CGPH\1") || bytes[5] != (id_size == 20 ? '\1' : '\2'))
    return std::nullopt;
  layer.ids = chunk(bytes, "OIDL");
  layer.data = chunk(bytes, "CDAT");
  layer.edges = chunk(bytes, "EDGE");
  layer.count = static_cast<std::uint32_t>(layer.ids.size() / id_size);
  const bool fits = layer.ids.size() == layer.count * id_size && layer.data.size() == layer.count * (id_size + 16);
  return fits ? std::optional(std::move(layer)) : std::nullopt;
}

/// All files, the oldest first; empty when one is missing.
std::vector<Layer> open_layers(const fs::path& info, std::size_t id_size) {
  std::vector<fs::path> paths;
  std::ifstream chain(info / "commit-graphs" / "commit-graph-chain");
  for (std::string line; std::getline(chain, line);)
    paths.push_back(info / "commit-graphs" / ("graph-" + line + ".graph"));
  if (paths.empty()) paths.push_back(info / "commit-graph");
  std::vector<Layer> layers;
  std::uint32_t first = 0;
  for (const fs::path& path : paths) {
    std::optional<Layer> layer = open_layer(path, id_size);
    if (!layer) return {};
    layer->first = first;
    first += layer->count;
    layers.push_back(std::move(*layer));
  }
  return layers;
}

class Graph {
 public:
  Graph(std::vector<Layer> layers, std::size_t id_size) : layers_(std::move(layers)), id_size_(id_size) {}

  /// False when some number leads nowhere.
  bool visit(const std::function<void(const GraphedCommit&)>& visit) const {
    std::vector<std::string_view> parents;
    for (const Layer& layer : layers_)
      for (std::uint32_t i = 0; i < layer.count; ++i) {
        const std::uint64_t row = std::uint64_t{i} * (id_size_ + 16);
        if (!find_parents(layer, row, parents)) return false;
        const auto time = static_cast<std::int64_t>(big_endian(layer.data, row + id_size_ + 8, 8) & 0x3ffffffffU);
        visit({layer.ids.substr(i * id_size_, id_size_), layer.data.substr(row, id_size_), parents, time});
      }
    return true;
  }

 private:
  bool add(std::uint32_t number, std::vector<std::string_view>& out) const {
    const auto layer =
        std::find_if(layers_.rbegin(), layers_.rend(), [&](const Layer& l) { return l.first <= number; });
    if (number - layer->first >= layer->count) return false;
    out.push_back(layer->ids.substr((number - layer->first) * id_size_, id_size_));
    return true;
  }

  bool find_parents(const Layer& layer, std::uint64_t row, std::vector<std::string_view>& out) const {
    out.clear();
    const auto first = static_cast<std::uint32_t>(big_endian(layer.data, row + id_size_, 4));
    const auto second = static_cast<std::uint32_t>(big_endian(layer.data, row + id_size_ + 4, 4));
    if (first != kNoParent && !add(first, out)) return false;
    if (second == kNoParent) return true;
    if ((second & kLast) == 0) return add(second, out);
    for (std::uint64_t at = 4ULL * (second & ~kLast); at + 4 <= layer.edges.size(); at += 4) {
      const auto parent = static_cast<std::uint32_t>(big_endian(layer.edges, at, 4));
      if (!add(parent & ~kLast, out)) return false;
      if ((parent & kLast) != 0) return true;
    }
    return false;
  }

  std::vector<Layer> layers_;
  std::size_t id_size_;
};

}  // namespace

bool for_each_graphed_commit(const fs::path& objects, std::size_t id_size,
                             const std::function<void(const GraphedCommit&)>& visit) {
  std::vector<Layer> layers = open_layers(objects / "info", id_size);
  if (layers.empty()) return false;
  const Graph graph(std::move(layers), id_size);
  return graph.visit([](const GraphedCommit&) {}) && graph.visit(visit);
}

}  // namespace overreach
