// A tree object is a row of entries, "100644 name\0" and an id each. Git stores most trees as deltas:
//
//   base    [a][b][c][d][e]          a delta copies bytes, not entries; but where a copy begins at an entry
//   tree    [a][b][c'][d][e]         of the base, the entries that follow are the base's until the copy ends
//
// So this tree is: entries 0 and 1 of the base, one new entry, entries 3 and 4 of the base. An entry that a copy cuts
// in two is read as new, which is harmless: it is found twice over.
#include "scanner/source/git/tree_index.h"

#include <algorithm>
#include <memory>

#include "scanner/base/hash.h"
#include "scanner/source/parallel.h"

namespace overreach {
namespace {

constexpr std::uint32_t kNoBase = 0xffffffffU;
constexpr std::uint32_t kNotWanted = 0xffffffffU;

/// Length of the entry at the beginning of `bytes`; 0 when there is none.
std::size_t entry_length(std::string_view bytes, std::size_t id_size) {
  constexpr std::size_t kLongestMode = 8;
  const std::size_t space = bytes.substr(0, kLongestMode).find(' ');
  if (space == std::string_view::npos) return 0;
  const std::size_t zero = bytes.find('\0', space);
  if (zero == std::string_view::npos || bytes.size() - zero <= id_size) return 0;
  return zero + 1 + id_size;
}

std::string_view id_in(std::string_view entry, std::size_t id_size) { return entry.substr(entry.size() - id_size); }

std::string_view name_in(std::string_view entry, std::size_t id_size) {
  const std::size_t space = entry.find(' ');
  return entry.substr(space + 1, entry.size() - id_size - space - 2);
}

}  // namespace

struct TreeIndex::Layout : Memory {
  explicit Layout(Part& part) : home(part), row(static_cast<std::uint32_t>(part.rows.size())) {
    if (part.spare.empty()) return;
    starts = std::move(part.spare.back());
    part.spare.pop_back();
    starts.clear();
  }
  ~Layout() override { home.spare.push_back(std::move(starts)); }
  Part& home;
  std::uint32_t row = 0;
  std::vector<std::uint32_t> starts;  // of the entries, and where the last one ends
};

/// Adds an entry that a tree does not have from its base.
void TreeIndex::bring(std::string_view entry, std::size_t id_size, Part& part) {
  const std::string_view id = id_in(entry, id_size);
  const std::uint32_t known = part.entries.size();
  part.brought.push_back(part.entries.add(name_in(entry, id_size), id));
  if (part.brought.back() < known) return;
  if (entry[0] == '4' || entry[0] == '0') part.directories->add(id);  // "40000"; very old trees have "040000"
  if (!entry.starts_with("160000 ")) return;
  part.submodules.emplace(name_in(entry, id_size));
  part.foreign.push_back(known);
}

/// Adds runs and new entries of a tree to `part`. False at damage; what came before it counts.
bool TreeIndex::split(const Blob& tree, std::size_t id_size, Part& part, Layout& layout) {
  const std::string_view bytes = tree.bytes;
  const Layout* base = tree.derivation == nullptr ? nullptr : static_cast<const Layout*>(tree.derivation->base_memory);
  const std::span<const Segment> segments = base == nullptr ? std::span<const Segment>() : tree.derivation->segments;
  std::size_t segment = 0;
  std::size_t at = 0;
  while (at < bytes.size()) {
    while (segment < segments.size() && segments[segment].at + segments[segment].size <= at) ++segment;
    if (segment < segments.size() && segments[segment].copied) {
      const Segment& copy = segments[segment];
      const std::uint64_t was = at - copy.at + copy.from;
      const std::vector<std::uint32_t>& starts = base->starts;
      const auto first = std::lower_bound(starts.begin(), starts.end(), was);
      const auto last = std::upper_bound(first, starts.end(), copy.from + copy.size);  // one past an entry's end
      if (first != starts.end() && *first == was && last - first > 1) {
        const auto count = static_cast<std::uint32_t>(last - first - 1);
        part.runs.push_back({static_cast<std::uint32_t>(first - starts.begin()), count,
                             static_cast<std::uint32_t>(layout.starts.size())});
        const std::size_t before = layout.starts.size();
        layout.starts.insert(layout.starts.end(), first, last - 1);
        const auto shift = static_cast<std::uint32_t>(at - was);  // modulo 2^32, as the sum
        for (std::size_t i = before; shift != 0 && i < layout.starts.size(); ++i) layout.starts[i] += shift;
        at += *(last - 1) - was;
        continue;
      }
    }
    const std::size_t length = entry_length(bytes.substr(at), id_size);
    if (length == 0) break;
    part.places.push_back(static_cast<std::uint32_t>(layout.starts.size()));
    bring(bytes.substr(at, length), id_size, part);
    layout.starts.push_back(static_cast<std::uint32_t>(at));
    at += length;
  }
  layout.starts.push_back(static_cast<std::uint32_t>(at));
  return at == bytes.size();
}

void TreeIndex::read(const Blob& tree, std::size_t id_size, Part& part, Tally& tally) {
  auto layout = std::make_unique<Layout>(part);
  const auto* base = tree.derivation == nullptr ? nullptr : static_cast<const Layout*>(tree.derivation->base_memory);
  part.rows.push_back({base == nullptr ? kNoBase : base->row, static_cast<std::uint32_t>(part.runs.size()),
                       static_cast<std::uint32_t>(part.places.size())});
  part.ids += tree.id;
  if (!split(tree, id_size, part, *layout))
    tally.skip(hex(tree.id), "damaged tree: the files below it may have no path", true);
  if (tree.memory != nullptr) *tree.memory = std::move(layout);
}

/// Looks the ids up by their first bytes: in the order of the indexes of packs, which is far from the order in which
/// trees name them. Neighbours in it lie in memory that is cached already.
void TreeIndex::find_missing(const ObjectStore& store, Part& part) {
  constexpr std::size_t kHeads = 1U << 16U;
  const auto head = [&](std::uint32_t entry) {
    const std::string_view id = part.entries.id(entry);
    return (std::size_t{static_cast<std::uint8_t>(id[0])} << 8U) | static_cast<std::uint8_t>(id[1]);
  };
  std::vector<std::uint32_t> next(kHeads + 1);
  for (std::uint32_t i = 0; i < part.entries.size(); ++i) ++next[head(i) + 1];
  for (std::size_t i = 0; i < kHeads; ++i) next[i + 1] += next[i];
  std::vector<std::uint32_t> order(part.entries.size());
  for (std::uint32_t i = 0; i < part.entries.size(); ++i) order[next[head(i)]++] = i;
  for (const std::uint32_t entry : order)
    if (!store.has(part.entries.id(entry)) && !std::binary_search(part.foreign.begin(), part.foreign.end(), entry))
      part.missing.emplace(part.entries.id(entry));
}

TreeIndex::TreeIndex(Objects& objects, unsigned workers, Tally& tally)
    : id_size_(objects.store().id_size()), directories_(std::make_unique<DirectoryFilter>()) {
  for (unsigned worker = 0; worker < workers; ++worker) parts_.emplace_back(id_size_);
  Tally trees;  // its blobs and bytes are not the scan's
  objects.read(
      ObjectType::tree, [&](const Blob& tree, unsigned worker) { read(tree, id_size_, parts_[worker], trees); },
      workers, trees);
  parallel_for(parts_.size(), workers,
               [&](std::size_t i, unsigned /*worker*/) { find_missing(objects.store(), parts_[i]); });
  tally.inflated += trees.inflated;
  for (const Skipped& skipped : trees.skipped()) tally.skip(skipped.path, skipped.reason, skipped.incomplete);
  for (Part& part : parts_) {
    part.first = size_;
    size_ += static_cast<std::uint32_t>(part.rows.size());
    part.rows.push_back(
        {kNoBase, static_cast<std::uint32_t>(part.runs.size()), static_cast<std::uint32_t>(part.places.size())});
    missing_.merge(part.missing);
    submodules_.merge(part.submodules);
    directories_->add(*part.directories);
    part.directories.reset();
    part.spare.clear();
  }
}

std::string_view TreeIndex::id(std::uint32_t tree) const {
  const auto part = std::find_if(parts_.rbegin(), parts_.rend(), [&](const Part& p) { return p.first <= tree; });
  return std::string_view(part->ids).substr((tree - part->first) * id_size_, id_size_);
}

std::vector<TreeIndex::Hit> TreeIndex::find(const IdTable& wanted) const {
  std::vector<std::vector<Hit>> found(parts_.size());
  parallel_for(parts_.size(), static_cast<unsigned>(parts_.size()),
               [&](std::size_t i, unsigned /*worker*/) { find_in(parts_[i], wanted, found[i]); });
  std::vector<Hit> out;
  for (const std::vector<Hit>& hits : found) out.insert(out.end(), hits.begin(), hits.end());
  return out;
}

void TreeIndex::find_in(const Part& part, const IdTable& wanted, std::vector<Hit>& out) const {
  const auto filter = std::make_unique<IdFilter<std::size_t{1} << 19U>>();
  for (std::uint32_t i = 0; i < wanted.size(); ++i) filter->add(wanted.id(i));
  std::vector<std::uint32_t> target_of(part.entries.size(), kNotWanted);
  for (std::uint32_t i = 0; i < target_of.size(); ++i)
    if (filter->may_have(part.entries.id(i))) target_of[i] = wanted.find(part.entries.id(i)).value_or(kNotWanted);
  struct Place {
    std::uint32_t entry;
    std::uint32_t target;
    std::string_view name;
  };
  std::vector<Place> places;
  std::vector<std::size_t> first;  // places of row i: [first[i], first[i + 1])
  first.reserve(part.rows.size());
  for (std::uint32_t row = 0; row + 1 < part.rows.size(); ++row) {
    first.push_back(places.size());
    const Row& here = part.rows[row];
    const Row& next = part.rows[row + 1];
    for (std::uint32_t r = here.first_run; r < next.first_run; ++r) {
      const Run& run = part.runs[r];
      const auto begin = places.begin() + static_cast<std::ptrdiff_t>(first[here.base]);
      const auto end = places.begin() + static_cast<std::ptrdiff_t>(first[here.base + 1]);
      const auto it =
          std::lower_bound(begin, end, run.from, [](const Place& p, std::uint32_t e) { return p.entry < e; });
      for (auto i = static_cast<std::size_t>(it - places.begin());
           i < first[here.base + 1] && places[i].entry - run.from < run.count; ++i)
        places.push_back({places[i].entry - run.from + run.at, places[i].target, places[i].name});
    }
    for (std::uint32_t i = here.first_entry; i < next.first_entry; ++i) {
      const std::uint32_t target = target_of[part.brought[i]];
      if (target != kNotWanted) places.push_back({part.places[i], target, part.entries.name(part.brought[i])});
    }
    std::sort(places.begin() + static_cast<std::ptrdiff_t>(first[row]), places.end(),
              [](const Place& a, const Place& b) { return a.entry < b.entry; });
    for (std::size_t i = first[row]; i < places.size(); ++i)
      out.push_back({part.first + row, places[i].target, places[i].name});
  }
}

}  // namespace overreach
