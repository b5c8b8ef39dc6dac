#include "scanner/source/git/commit_graph.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <utility>

#include "scanner/base/hash.h"
#include "scanner/source/git/commit_graph_file.h"

namespace overreach {
namespace {

constexpr CommitGraph::Number kNone = 0xffffffffU;

/// "committer Name <mail> 1700000000 +0100" -> 1700000000; 0 when it is not there.
std::int64_t time_of(std::string_view line) {
  const std::size_t mail = line.rfind('>');
  if (mail == std::string_view::npos || mail + 2 > line.size()) return 0;
  std::int64_t time = 0;
  std::from_chars(line.data() + mail + 2, line.data() + line.size(), time);
  return time;
}

/// The parents of row r are parents[first[r]] to parents[first[r + 1] - 1]; kNone: not here.
struct Ancestry {
  std::vector<std::uint32_t> first;
  std::vector<std::uint32_t> parents;
};

/// The date of each commit, but at least a second after those of its parents. A circle of commits, which can only be
/// made by forging ids, is cut.
std::vector<std::int64_t> dates_of(Ancestry& ancestry, const std::vector<std::int64_t>& times) {
  constexpr std::int64_t kUnknown = -1;
  constexpr std::int64_t kInWork = -2;
  std::vector<std::int64_t> dates(times.size(), kUnknown);
  std::vector<std::uint32_t> stack;
  for (std::uint32_t start = 0; start < times.size(); ++start) {
    stack.push_back(start);
    while (!stack.empty()) {
      const std::uint32_t row = stack.back();
      const std::size_t before = stack.size();
      std::int64_t date = std::max(times[row], std::int64_t{0});
      for (std::uint32_t i = ancestry.first[row]; dates[row] < 0 && i < ancestry.first[row + 1]; ++i) {
        std::uint32_t& parent = ancestry.parents[i];
        if (parent == kNone) continue;
        if (dates[parent] == kUnknown) stack.push_back(parent);
        if (dates[parent] == kInWork) parent = kNone;
        if (parent != kNone) date = std::max(date, dates[parent] + 1);
      }
      if (stack.size() > before) {
        dates[row] = kInWork;
        continue;
      }
      if (dates[row] < 0) dates[row] = date;
      stack.pop_back();
    }
  }
  return dates;
}

/// The value of a header line of a tag: "object <id>", "type commit".
std::string_view header(std::string_view tag, std::string_view key) {
  while (!tag.empty() && tag[0] != '\n') {
    const std::size_t end = std::min(tag.find('\n'), tag.size());
    if (tag.substr(0, end).starts_with(key)) return tag.substr(key.size(), end - key.size());
    tag.remove_prefix(std::min(end + 1, tag.size()));
  }
  return {};
}

}  // namespace

CommitGraph::CommitGraph(Objects& objects, unsigned workers, Tally& tally)
    : id_size_(objects.store().id_size()), ids_(id_size_), rows_(read(objects, workers, tally)) {}

void CommitGraph::finish(const ObjectStore& store, const std::vector<Tip>& tips, Tally& tally) {
  sort();
  rows_ = {};
  resolve(store, tips, tally);
  mark_reachable();
}

/// Reads the headers of a commit; the message does not matter.
void CommitGraph::parse(std::string_view bytes, std::string_view raw_id, std::size_t id_size, Rows& out) {
  std::string tree(id_size, '\0');
  std::int64_t time = 0;
  std::uint32_t parents = 0;
  while (!bytes.empty() && bytes[0] != '\n') {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size());
    const std::string_view line = bytes.substr(0, end);
    if (line.starts_with("tree ") && line.size() == 5 + 2 * id_size) {
      tree = unhex(line.substr(5));
      tree.resize(id_size);
    } else if (line.starts_with("parent ") && line.size() == 7 + 2 * id_size) {
      const std::string parent = unhex(line.substr(7));
      out.parents += parent;
      parents += parent.empty() ? 0 : 1;
    } else if (line.starts_with("committer ")) {
      time = time_of(line);
      break;  // what follows is a signature and the message
    }
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
  }
  out.ids += raw_id;
  out.trees += tree;
  out.times.push_back(time);
  out.parent_counts.push_back(parents);
}

CommitGraph::Rows CommitGraph::read(Objects& objects, unsigned workers, Tally& tally) {
  Rows all;
  for_each_graphed_commit(objects.common_dir() / "objects", id_size_, [&](const GraphedCommit& commit) {
    ids_.add(commit.id);
    if (ids_.size() == all.times.size()) return;  // twice in a chain
    all.ids += commit.id;
    all.trees += commit.tree;
    all.times.push_back(commit.time);
    all.parent_counts.push_back(static_cast<std::uint32_t>(commit.parents.size()));
    for (const std::string_view parent : commit.parents) all.parents += parent;
  });
  std::vector<Rows> found(workers);
  Tally commits;  // its blobs and bytes are not the scan's
  Objects::Known known;
  if (ids_.size() > 0) known = [&](std::string_view id) { return ids_.find(id).has_value(); };
  objects.read(
      ObjectType::commit,
      [&](const Blob& commit, unsigned worker) { parse(commit.bytes, commit.id, id_size_, found[worker]); }, workers,
      commits, known);
  tally.inflated += commits.inflated;
  for (const Skipped& skipped : commits.skipped()) tally.skip(skipped.path, skipped.reason, skipped.incomplete);

  for (const Rows& rows : found) {
    all.ids += rows.ids;
    all.trees += rows.trees;
    all.parents += rows.parents;
    all.times.insert(all.times.end(), rows.times.begin(), rows.times.end());
    all.parent_counts.insert(all.parent_counts.end(), rows.parent_counts.begin(), rows.parent_counts.end());
  }
  return all;
}

/// Numbers the commits. Dates alone do not do, because clocks go wrong: see dates_of().
void CommitGraph::sort() {
  Rows& rows = rows_;
  const auto count = static_cast<std::uint32_t>(rows.times.size());
  for (std::uint32_t i = ids_.size(); i < count; ++i)
    ids_.add(std::string_view(rows.ids).substr(i * id_size_, id_size_));
  trees_ = std::move(rows.trees);
  Ancestry ancestry;
  ancestry.first.assign(count + std::size_t{1}, 0);
  for (std::uint32_t row = 0; row < count; ++row)
    ancestry.first[row + 1] = ancestry.first[row] + rows.parent_counts[row];
  ancestry.parents.resize(rows.parents.size() / id_size_);
  for (std::uint32_t i = 0; i < ancestry.parents.size(); ++i)
    ancestry.parents[i] = ids_.find(std::string_view(rows.parents).substr(i * id_size_, id_size_)).value_or(kNone);
  const std::vector<std::int64_t> dates = dates_of(ancestry, rows.times);

  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return dates[a] != dates[b] ? dates[a] < dates[b] : ids_.id(a) < ids_.id(b);
  });
  number_of_.resize(count);
  for (Number i = 0; i < count; ++i) number_of_[order[i]] = i;
  nodes_.reserve(count);
  for (const std::uint32_t row : order) {
    Node node{row, static_cast<std::uint32_t>(parents_.size()), 0, false, false};
    for (std::uint32_t i = ancestry.first[row]; i < ancestry.first[row + 1]; ++i) {
      node.cut = node.cut || ancestry.parents[i] == kNone;
      if (ancestry.parents[i] != kNone) parents_.push_back(number_of_[ancestry.parents[i]]);
    }
    node.parents = static_cast<std::uint32_t>(parents_.size()) - node.first_parent;
    nodes_.push_back(node);
  }
}

std::optional<CommitGraph::Number> CommitGraph::find(std::string_view raw_id) const {
  if (raw_id.size() != id_size_) return std::nullopt;
  const std::optional<std::uint32_t> row = ids_.find(raw_id);
  return row ? std::optional(number_of_[*row]) : std::nullopt;
}

/// Peels tags. What a reflog names may have been collected long ago; a ref to nothing is damage.
void CommitGraph::resolve(const ObjectStore& store, const std::vector<Tip>& tips, Tally& tally) {
  constexpr int kNestedTags = 16;
  for (const Tip& tip : tips) {
    Target target{tip, std::nullopt, tip.id, ObjectType::commit};
    for (int i = 0; i < kNestedTags; ++i) {
      target.commit = find(target.object);
      if (target.commit) break;
      const Result<Object> object = store.read(target.object);
      if (!object) {
        if (!tip.reflog) tally.skip(tip.name, "names an object that cannot be read: " + hex(target.object), true);
        break;
      }
      target.type = object->type;
      if (object->type != ObjectType::tag) break;
      target.object = unhex(header(object->bytes, "object "));
    }
    if (target.commit || target.type == ObjectType::tree || target.type == ObjectType::blob)
      targets_.push_back(std::move(target));
  }
}

void CommitGraph::mark_reachable() {
  for (const Target& target : targets_)
    if (target.commit) nodes_[*target.commit].reachable = true;
  for (Number i = size(); i-- > 0;) {
    if (!nodes_[i].reachable) continue;
    ++reachable_;
    for (const Number parent : parents(i)) nodes_[parent].reachable = true;
  }
}

}  // namespace overreach
