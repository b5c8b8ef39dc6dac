#include "scanner/source/git/path_sets.h"

#include <algorithm>

namespace overreach {
namespace {

constexpr std::uint32_t kUnknown = 0xffffffffU;
constexpr std::uint32_t kInWork = 0xfffffffeU;
constexpr unsigned kDeepest = 512;           // directories in a path
constexpr std::size_t kMostPlaces = 10'000;  // a tree that holds itself ten times over has more paths than atoms

}  // namespace

PathSets::PathSets(const TreeIndex& index, std::span<const std::string> objects, std::size_t id_size)
    : objects_(static_cast<std::uint32_t>(objects.size())), trees_(id_size), sets_(1) {
  interned_.emplace(std::vector<std::uint32_t>(), kEmpty);
  IdTable wanted(id_size);
  std::vector<std::uint32_t> target_of;  // by number in wanted
  for (std::uint32_t i = 0; i < objects_; ++i)
    if (wanted.add(objects[i]) == target_of.size()) target_of.push_back(i);
  for (unsigned level = 0; wanted.size() > 0 && level < kDeepest; ++level) {
    IdTable next(id_size);
    std::vector<std::uint32_t> next_target_of;
    for (const TreeIndex::Hit& hit : index.find(wanted)) {
      const std::string_view id = index.id(hit.tree);
      const std::uint32_t number = trees_.add(id);
      if (number == children_.size()) {
        children_.emplace_back();
        if (index.may_be_directory(id) && next.add(id) == next_target_of.size())
          next_target_of.push_back(objects_ + number);
      }
      children_[number].push_back({target_of[hit.target], hit.name});
    }
    wanted = std::move(next);
    target_of = std::move(next_target_of);
  }
  set_of_.assign(children_.size(), kUnknown);
}

bool PathSets::contains(std::uint32_t set, std::uint32_t place) const {
  return std::binary_search(sets_[set].begin(), sets_[set].end(), place);
}

/// Recursion is as deep as the levels that the constructor climbed.
std::uint32_t PathSets::set_of(std::uint32_t tree) {
  if (set_of_[tree] == kInWork) return kEmpty;  // only forged ids make a tree hold itself
  if (set_of_[tree] != kUnknown) return set_of_[tree];
  set_of_[tree] = kInWork;
  Key key;
  // In the order of names, so that places get the same numbers however the trees were read.
  std::sort(children_[tree].begin(), children_[tree].end(),
            [](const Child& a, const Child& b) { return a.name < b.name; });
  for (const Child& child : children_[tree])
    key.emplace_back(child.name, child.target < objects_ ? child.target : objects_ + set_of(child.target - objects_));
  std::sort(key.begin(), key.end());
  key.erase(std::unique(key.begin(), key.end()), key.end());
  return set_of_[tree] = make(key);
}

std::uint32_t PathSets::make(const Key& key) {
  const auto known = made_.find(key);
  if (known != made_.end()) return known->second;
  std::vector<std::uint32_t> set;
  for (const auto& [name, target] : key) {
    if (target < objects_) {
      set.push_back(intern(target, std::string(name)));
      continue;
    }
    const std::vector<std::uint32_t> below = sets_[target - objects_];
    for (const std::uint32_t number : below) {
      if (set.size() == kMostPlaces) break;
      set.push_back(intern(places_[number].object, std::string(name) + "/" + places_[number].path));
    }
  }
  clipped_ = clipped_ || set.size() >= kMostPlaces;
  std::sort(set.begin(), set.end());
  set.erase(std::unique(set.begin(), set.end()), set.end());
  const auto [it, fresh] = interned_.emplace(set, static_cast<std::uint32_t>(sets_.size()));
  if (fresh) sets_.push_back(std::move(set));
  made_.emplace(key, it->second);
  return it->second;
}

std::uint32_t PathSets::intern(std::uint32_t object, std::string path) {
  const auto [it, fresh] = place_numbers_.emplace(std::pair(object, path), static_cast<std::uint32_t>(places_.size()));
  if (fresh) places_.push_back({object, std::move(path)});
  return it->second;
}

}  // namespace overreach
