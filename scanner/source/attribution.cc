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

/// "Certainly not in the set" for nearly every entry of nearly every tree, in one memory access.
class Filter {
 public:
  explicit Filter(const Holders& wanted) : bits_(std::make_unique<std::bitset<kBits>>()) {
    for (const auto& [id, below] : wanted) bits_->set(slot(id.data()));
  }
  bool may_have(const char* id) const { return bits_->test(slot(id)); }

 private:
  static constexpr std::size_t kBits = std::size_t{1} << 22U;
  static std::size_t slot(const char* id) {
    std::uint32_t word = 0;
    std::memcpy(&word, id, sizeof word);
    return word % kBits;
  }
  std::unique_ptr<std::bitset<kBits>> bits_;
};

/// Calls visit(name, raw id) for each entry of a tree object; stops at damage.
template <class Visit>
void for_each_entry(std::string_view tree, Visit visit) {
  while (!tree.empty()) {
    const std::size_t space = tree.find(' ');
    const std::size_t zero = tree.find('\0', space);
    if (space == std::string_view::npos || zero == std::string_view::npos || tree.size() - zero <= GIT_OID_RAWSZ)
      return;
    visit(tree.substr(space + 1, zero - space - 1), tree.substr(zero + 1, GIT_OID_RAWSZ));
    tree.remove_prefix(zero + 1 + GIT_OID_RAWSZ);
  }
}

std::string raw_of(std::string_view hex_id) {
  git_oid id;
  git_oid_fromstrn(&id, hex_id.data(), hex_id.size());
  return {reinterpret_cast<const char*>(id.id), GIT_OID_RAWSZ};
}

/// One pass: the trees that hold something of `wanted`, with what is below them through it.
Holders find_holders(const Objects& objects, const Holders& wanted, Tally& tally) {
  const Filter filter(wanted);
  std::vector<Holders> found(objects.workers());
  const auto look = [&](const Blob& tree, unsigned worker) {
    for_each_entry(tree.bytes, [&](std::string_view name, std::string_view id) {
      if (!filter.may_have(id.data())) return;
      const auto it = wanted.find(std::string(id));
      if (it == wanted.end()) return;
      std::set<Below>& below = found[worker][raw_of(tree.id)];
      for (const auto& [blob, path] : it->second)
        below.emplace(blob, path.empty() ? std::string(name) : std::string(name) + "/" + path);
    });
  };
  objects.read(Pack::Type::tree, look, tally);
  for (std::size_t worker = 1; worker < found.size(); ++worker)
    for (auto& [tree, below] : found[worker]) found[0][tree].merge(below);
  return std::move(found[0]);
}

/// Everything below every tree, until a pass brings nothing new.
Holders all_holders(const Objects& objects, const std::vector<std::string>& blobs, Tally& tally) {
  constexpr unsigned kDeepest = 512;
  Tally trees;  // its blobs and bytes are not the scan's
  Holders wanted, all;
  for (std::size_t i = 0; i < blobs.size(); ++i) wanted[raw_of(blobs[i])].emplace(i, "");
  for (unsigned pass = 0; !wanted.empty() && pass < kDeepest; ++pass) {
    Holders next;
    for (auto& [tree, below] : find_holders(objects, wanted, trees)) {
      std::set<Below>& known = all[tree];
      for (const Below& entry : below)
        if (known.insert(entry).second) next[tree].insert(entry);
    }
    wanted = std::move(next);
  }
  for (const Skipped& skipped : trees.skipped()) tally.skip(skipped.path, skipped.reason, skipped.incomplete);
  return all;
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
  const Holders holders = all_holders(*objects, names, tally);

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
