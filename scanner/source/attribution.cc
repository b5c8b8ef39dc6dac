// From the blob upwards, instead of from every commit downwards.
//
// A blob lies in few directories, those lie in few others, and so on to the root trees of commits. Each pass over all
// tree objects finds the trees that hold one of the trees found in the pass before; there are as many passes as
// the path has parts, and one that finds nothing. Trees come along their deltas, as blobs do. Comparing each commit
// with its parents, as `git log` does, reads far more.
#include "scanner/source/attribution.h"

#include <algorithm>
#include <bitset>
#include <cstring>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "scanner/base/hash.h"
#include "scanner/source/commit_graph.h"
#include "scanner/source/git.h"

namespace overreach {
namespace {

/// Where a blob lies below a tree: index of the blob, path from the tree.
using Below = std::pair<std::size_t, std::string>;
using Holders = std::unordered_map<std::string, std::set<Below>>;  // raw id of a tree or blob -> what is below it

/// A set of ids that answers "certainly not in it" in one memory access, and else "perhaps". The small one stays in
/// the processor's cache: it is asked about every entry of every tree.
template <std::size_t kBits>
class Filter {
 public:
  void add(const char* id) { bits_->set(slot(id)); }
  void add(const Filter& other) { *bits_ |= *other.bits_; }
  bool may_have(const char* id) const { return bits_->test(slot(id)); }

 private:
  static std::size_t slot(const char* id) {
    std::uint32_t word = 0;
    std::memcpy(&word, id, sizeof word);
    return word % kBits;
  }
  std::unique_ptr<std::bitset<kBits>> bits_ = std::make_unique<std::bitset<kBits>>();
};

using WantedFilter = Filter<std::size_t{1} << 19U>;
using DirectoryFilter = Filter<std::size_t{1} << 23U>;

/// Calls visit(is directory, name, raw id) for each entry of a tree object; stops at damage.
template <class Visit>
void for_each_entry(std::string_view tree, Visit visit) {
  while (tree.size() > GIT_OID_RAWSZ) {
    const bool directory = tree[0] == '4';  // "40000 name", else "100644 name" or another mode of six digits
    const std::size_t name = directory ? 6 : 7;
    const std::size_t zero = tree.find('\0', name);
    if (tree[name - 1] != ' ' || zero == std::string_view::npos || tree.size() - zero <= GIT_OID_RAWSZ) return;
    visit(directory, tree.substr(name, zero - name), tree.substr(zero + 1, GIT_OID_RAWSZ));
    tree.remove_prefix(zero + 1 + GIT_OID_RAWSZ);
  }
}

std::string raw_of(std::string_view hex_id) {
  git_oid id;
  git_oid_fromstrn(&id, hex_id.data(), hex_id.size());
  return {reinterpret_cast<const char*>(id.id), GIT_OID_RAWSZ};
}

/// The passes over all tree objects.
class Ascent {
 public:
  Ascent(const Objects& objects, Tally& tally) : objects_(objects), tally_(tally), found_(objects.workers()) {}

  /// Everything below every tree, until a pass brings nothing new.
  Holders climb(const std::vector<std::string>& blobs) {
    constexpr unsigned kDeepest = 512;
    Holders all;
    for (std::size_t i = 0; i < blobs.size(); ++i) wanted_[raw_of(blobs[i])].emplace(i, "");
    for (unsigned pass = 0; !wanted_.empty() && pass < kDeepest; ++pass) {
      Holders holders = find_holders(pass == 0);
      wanted_.clear();
      for (auto& [tree, below] : holders) {
        std::set<Below>& known = all[tree];
        for (const Below& entry : below)
          // What no tree has as a directory is a root tree: nothing lies above it.
          if (known.insert(entry).second && directories_.may_have(tree.data())) wanted_[tree].insert(entry);
      }
    }
    return all;
  }

 private:
  /// One pass: the trees that hold something of wanted_, with what is below them through it. The first pass also
  /// learns which trees are directories of others.
  Holders find_holders(bool learn);
  void look(const Blob& tree, unsigned worker, const WantedFilter& filter, DirectoryFilter* directories);

  const Objects& objects_;
  Tally& tally_;
  Holders wanted_;
  std::vector<Holders> found_;  // by worker
  DirectoryFilter directories_;
};

void Ascent::look(const Blob& tree, unsigned worker, const WantedFilter& filter, DirectoryFilter* directories) {
  for_each_entry(tree.bytes, [&](bool directory, std::string_view name, std::string_view id) {
    if (directories != nullptr && directory) directories->add(id.data());
    if (!filter.may_have(id.data())) return;
    const auto it = wanted_.find(std::string(id));
    if (it == wanted_.end()) return;
    std::set<Below>& below = found_[worker][raw_of(tree.id)];
    for (const auto& [blob, path] : it->second)
      below.emplace(blob, path.empty() ? std::string(name) : std::string(name) + "/" + path);
  });
}

Holders Ascent::find_holders(bool learn) {
  WantedFilter filter;
  for (const auto& [id, below] : wanted_) filter.add(id.data());
  std::vector<DirectoryFilter> learned(learn ? found_.size() : 0);
  objects_.read(
      Pack::Type::tree,
      [&](const Blob& tree, unsigned worker) { look(tree, worker, filter, learn ? &learned[worker] : nullptr); },
      tally_);
  for (const DirectoryFilter& directories : learned) directories_.add(directories);
  Holders out = std::move(found_[0]);
  for (std::size_t worker = 1; worker < found_.size(); ++worker)
    for (auto& [tree, below] : found_[worker]) out[tree].merge(below);
  for (Holders& holders : found_) holders.clear();
  return out;
}

std::string object_path(const std::string& id) { return ".git/objects/" + id.substr(0, 2) + "/" + id.substr(2); }

}  // namespace

std::map<std::string, std::vector<Origin>> attribute(const std::filesystem::path& repository,
                                                     const std::set<std::string>& blobs, unsigned workers,
                                                     Tally& tally) {
  std::map<std::string, std::vector<Origin>> out;
  const Result<Objects> objects = Objects::open(repository, workers, tally);
  if (!objects) {
    tally.skip(repository.string(), objects.error().message, true);
    return out;
  }
  const CommitGraph graph(*objects, tally);
  tally.commits += graph.reachable();
  const std::vector<std::string> names(blobs.begin(), blobs.end());
  Tally trees;  // its blobs and bytes are not the scan's
  const Holders holders = Ascent(*objects, trees).climb(names);
  for (const Skipped& skipped : trees.skipped()) tally.skip(skipped.path, skipped.reason, skipped.incomplete);

  const auto holds = [&](const CommitGraph::Node* commit, const Below& entry) {
    if (commit == nullptr) return false;
    const auto it = holders.find(commit->tree);
    return it != holders.end() && it->second.contains(entry);
  };
  git_oid head;
  const bool has_head = git_reference_name_to_id(&head, objects->repository(), "HEAD") == 0;
  const CommitGraph::Node* top =
      has_head ? graph.find({reinterpret_cast<const char*>(head.id), GIT_OID_RAWSZ}) : nullptr;

  std::set<Below> placed;
  for (const CommitGraph::Node& commit : graph.nodes()) {  // oldest first
    const auto it = commit.reachable ? holders.find(commit.tree) : holders.end();
    if (it == holders.end()) continue;
    for (const Below& entry : it->second) {
      if (placed.contains(entry)) continue;
      const bool inherited = std::any_of(commit.parents.begin(), commit.parents.end(),
                                         [&](const std::string& parent) { return holds(graph.find(parent), entry); });
      if (inherited) continue;  // a parent with a later date: the one that brought it comes
      placed.insert(entry);
      out[names[entry.first]].push_back(
          {Origin::Source::history, entry.second, hex(commit.id), false, holds(top, entry)});
    }
  }
  for (const std::string& blob : names) {
    if (!out.contains(blob)) out[blob].push_back({Origin::Source::history, object_path(blob), "", false, false});
    std::sort(out[blob].begin(), out[blob].end());
  }
  return out;
}

}  // namespace overreach
