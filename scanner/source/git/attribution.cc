// From the blob upwards, instead of from every commit downwards: comparing each commit with its parents, as `git log`
// does, reads far more. A blob lies in few directories, those lie in few others, and so on to the root trees of commits
// (PathSets). Then one walk over the commits says who brought it and who held it last, and one, carrying a bit for each
// place, which refs reach it.
#include "scanner/source/git/attribution.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include "scanner/base/hash.h"
#include "scanner/source/git/commit_graph.h"
#include "scanner/source/git/path_sets.h"
#include "scanner/source/git/refs.h"
#include "scanner/source/git/tree_index.h"
#include "scanner/source/parallel.h"

namespace overreach {
namespace {

using Commit = CommitGraph::Number;

constexpr std::size_t kNamedRefs = 3;
constexpr std::size_t kMostNamedMissing = 1000;

/// What is known of a place.
struct History {
  std::optional<Commit> first, last;
  bool in_head = false;
  std::vector<std::string> refs;  // the best known ones
  std::uint32_t ref_count = 0;
  bool in_reflog = false;
};

/// The refs that people know come first.
std::size_t rank(const Tip& tip) {
  static constexpr std::array<std::string_view, 5> kOrder = {"HEAD", "refs/heads/", "refs/remotes/", "refs/tags/",
                                                             "refs/"};
  const auto it =
      std::find_if(kOrder.begin(), kOrder.end(), [&](std::string_view prefix) { return tip.name.starts_with(prefix); });
  return static_cast<std::size_t>(it - kOrder.begin());
}

class Attribution {
 public:
  Attribution(const CommitGraph& graph, PathSets& sets, unsigned workers);

  void find_first();
  void find_last();
  void find_refs();
  void mark_head(std::optional<Commit> head) {
    if (!head) return;
    for (const std::uint32_t place : sets_.places(set_of_[*head])) places_[place].in_head = true;
  }
  const std::vector<History>& places() const { return places_; }

 private:
  bool inherited(Commit commit, std::uint32_t place) const {
    const std::span<const Commit> parents = graph_.parents(commit);
    return std::any_of(parents.begin(), parents.end(),
                       [&](Commit parent) { return sets_.contains(set_of_[parent], place); });
  }
  std::uint64_t bits_of(std::uint32_t set, std::uint32_t first_place) const;
  void give_refs(const CommitGraph::Target& target, std::uint64_t bits, std::uint32_t first_place);

  const CommitGraph& graph_;
  PathSets& sets_;
  std::vector<std::uint32_t> set_of_;  // by commit
  std::vector<History> places_;
};

Attribution::Attribution(const CommitGraph& graph, PathSets& sets, unsigned workers)
    : graph_(graph), sets_(sets), set_of_(graph.size()) {
  constexpr std::size_t kBlock = 4096;
  std::vector<std::optional<std::uint32_t>> trees(graph.size());
  parallel_for((trees.size() + kBlock - 1) / kBlock, workers, [&](std::size_t block, unsigned /*worker*/) {
    const std::size_t end = std::min(trees.size(), (block + 1) * kBlock);
    for (auto i = static_cast<Commit>(block * kBlock); i < end; ++i)
      if (graph.reachable(i)) trees[i] = sets.find(graph.tree(i));
  });
  for (Commit i = 0; i < graph.size(); ++i) set_of_[i] = sets.of(trees[i]);
  for (const CommitGraph::Target& target : graph.targets())
    if (target.type == ObjectType::tree) sets.of(sets.find(target.object));
  places_.resize(sets.size());
}

/// The first commit that holds a place though no parent does.
void Attribution::find_first() {
  for (Commit i = 0; i < graph_.size(); ++i) {
    const std::span<const Commit> parents = graph_.parents(i);
    const auto same = [&](Commit parent) { return set_of_[parent] == set_of_[i]; };
    if (set_of_[i] == PathSets::kEmpty || std::any_of(parents.begin(), parents.end(), same)) continue;
    for (const std::uint32_t place : sets_.places(set_of_[i]))
      if (!places_[place].first && !inherited(i, place)) places_[place].first = i;
  }
}

void Attribution::find_last() {
  std::vector<bool> seen(sets_.count());
  for (Commit i = graph_.size(); i-- > 0;) {
    if (seen[set_of_[i]]) continue;
    seen[set_of_[i]] = true;
    for (const std::uint32_t place : sets_.places(set_of_[i]))
      if (!places_[place].last) places_[place].last = i;
  }
}

/// Bit k: the set has place first_place + k.
std::uint64_t Attribution::bits_of(std::uint32_t set, std::uint32_t first_place) const {
  const std::span<const std::uint32_t> places = sets_.places(set);
  std::uint64_t bits = 0;
  for (auto it = std::lower_bound(places.begin(), places.end(), first_place);
       it != places.end() && *it - first_place < 64; ++it)
    bits |= std::uint64_t{1} << (*it - first_place);
  return bits;
}

void Attribution::give_refs(const CommitGraph::Target& target, std::uint64_t bits, std::uint32_t first_place) {
  for (std::uint32_t k = 0; bits != 0; ++k, bits >>= 1U) {
    if ((bits & 1U) == 0) continue;
    History& place = places_[first_place + k];
    place.in_reflog = place.in_reflog || target.tip.reflog;
    if (target.tip.reflog) continue;
    ++place.ref_count;
    if (place.refs.size() < kNamedRefs) place.refs.push_back(target.tip.name);
  }
}

/// For 64 places at a time: which of them a commit or one before it has held.
void Attribution::find_refs() {
  std::vector<const CommitGraph::Target*> targets;
  for (const CommitGraph::Target& target : graph_.targets()) targets.push_back(&target);
  std::stable_sort(targets.begin(), targets.end(), [](const CommitGraph::Target* a, const CommitGraph::Target* b) {
    return rank(a->tip) < rank(b->tip);
  });
  std::vector<std::uint64_t> held(set_of_.size());
  for (std::uint32_t first_place = 0; first_place < places_.size(); first_place += 64) {
    std::vector<std::uint64_t> bits(sets_.count());
    for (std::uint32_t set = 0; set < bits.size(); ++set) bits[set] = bits_of(set, first_place);
    for (Commit i = 0; i < graph_.size(); ++i) {
      held[i] = bits[set_of_[i]];
      for (const Commit parent : graph_.parents(i)) held[i] |= held[parent];
    }
    for (const CommitGraph::Target* target : targets) {
      if (target->commit)
        give_refs(*target, held[*target->commit], first_place);
      else if (target->type == ObjectType::tree)
        give_refs(*target, bits[sets_.of(sets_.find(target->object))], first_place);
    }
  }
}

std::string object_path(const std::string& id) { return ".git/objects/" + id.substr(0, 2) + "/" + id.substr(2); }

Origin origin_of(const ObjectPath& place, const History& history, const CommitGraph& graph) {
  Origin origin;
  origin.source = Origin::Source::history;
  origin.path = place.path;
  if (history.first) origin.commit = hex(graph.id(*history.first));
  if (history.last) origin.last_commit = hex(graph.id(*history.last));
  origin.in_head = history.in_head;
  origin.refs = history.refs;
  origin.ref_count = history.ref_count;
  origin.in_reflog = history.in_reflog;
  return origin;
}

/// A blob that no tree which counts holds: a tag may name it, or nothing does.
Origin without_path(const std::string& blob, const CommitGraph& graph) {
  Origin origin;
  origin.source = Origin::Source::history;
  origin.path = object_path(blob);
  const std::string raw = unhex(blob);
  for (const CommitGraph::Target& target : graph.targets()) {
    if (target.object != raw) continue;
    origin.in_reflog = origin.in_reflog || target.tip.reflog;
    if (target.tip.reflog || ++origin.ref_count > kNamedRefs) continue;
    origin.refs.push_back(target.tip.name);
  }
  return origin;
}

/// Commits whose parents are not here although this is not where a shallow clone was cut.
void name_cuts(const CommitGraph& graph, const std::filesystem::path& common, Tally& tally) {
  std::set<std::string> shallow;
  std::ifstream file(common / "shallow");
  for (std::string line; std::getline(file, line);) shallow.insert(unhex(line));
  for (Commit i = 0; i < graph.size(); ++i)
    if (graph.cut(i) && graph.reachable(i) && !shallow.contains(std::string(graph.id(i))))
      tally.skip(hex(graph.id(i)), "a parent of this commit is missing from the repository", true);
}

/// Missing objects that a reachable commit needs. What only unreachable trees name was collected, not lost.
void name_missing(const std::vector<std::string>& missing, std::uint32_t first, const PathSets& sets,
                  const std::vector<History>& places, const CommitGraph& graph, Tally& tally) {
  std::vector<bool> told(missing.size());
  for (std::uint32_t i = 0; i < places.size(); ++i) {
    const std::uint32_t object = sets.place(i).object;
    if (object < first || !places[i].first || told[object - first]) continue;
    told[object - first] = true;
    tally.skip(sets.place(i).path,
               "object " + hex(missing[object - first]) + " of commit " +
                   hex(graph.id(*places[i].first)).substr(0, 12) +
                   " is missing from the repository: not scanned; 'git fetch --refetch --no-filter' "
                   "gets what a partial clone left out",
               true);
  }
}

}  // namespace

std::map<std::string, std::vector<Origin>> attribute(Objects& objects, const std::set<std::string>& blobs,
                                                     unsigned workers, Tally& tally) {
  const ObjectStore& store = objects.store();
  CommitGraph graph(objects, workers, tally);
  std::vector<Tip> tips;
  const auto finish = [&] {
    tips = read_tips(objects.common_dir(), store.id_size(), tally);
    graph.finish(store, tips, tally);
    tally.commits += graph.reachable();
    name_cuts(graph, objects.common_dir(), tally);
  };
  std::jthread beside;  // work for one thread, which the trees do not wait for
  if (workers > 1)
    beside = std::jthread(finish);
  else
    finish();
  const TreeIndex index(objects, workers, tally);
  if (beside.joinable()) beside.join();
  for (const std::string& name : index.submodules())
    tally.skip(name, "submodule, not descended: its history lies in a repository of its own", false);
  std::vector<std::string> missing(index.missing().begin(), index.missing().end());
  if (missing.size() > kMostNamedMissing) {
    tally.skip("objects",
               std::to_string(missing.size()) +
                   " objects that trees name are missing from the repository: not "
                   "scanned; 'git fetch --refetch --no-filter' gets what a partial clone left out",
               true);
    missing.clear();
  }
  const std::vector<std::string> names(blobs.begin(), blobs.end());
  std::vector<std::string> wanted;
  for (const std::string& blob : names) wanted.push_back(unhex(blob));
  wanted.insert(wanted.end(), missing.begin(), missing.end());

  PathSets sets(index, wanted, store.id_size());
  Attribution attribution(graph, sets, workers);
  attribution.find_first();
  attribution.find_last();
  attribution.mark_head(graph.find(head_id(objects.git_dir(), tips, store.id_size())));
  attribution.find_refs();

  std::map<std::string, std::vector<Origin>> out;
  for (std::uint32_t i = 0; i < attribution.places().size(); ++i) {
    const History& history = attribution.places()[i];
    const ObjectPath& place = sets.place(i);
    if (place.object < names.size() && (history.first || history.ref_count > 0 || history.in_reflog))
      out[names[place.object]].push_back(origin_of(place, history, graph));
  }
  for (const std::string& blob : names) {
    std::vector<Origin>& origins = out[blob];
    if (origins.empty()) origins.push_back(without_path(blob, graph));
    std::sort(origins.begin(), origins.end());
  }
  name_missing(missing, static_cast<std::uint32_t>(names.size()), sets, attribution.places(), graph, tally);
  return out;
}

}  // namespace overreach
