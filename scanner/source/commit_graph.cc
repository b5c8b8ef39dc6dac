#include "scanner/source/commit_graph.h"

#include <algorithm>
#include <charconv>
#include <queue>
#include <tuple>
#include <utility>

#include "scanner/base/hash.h"

namespace overreach {
namespace {

/// A commit before its parents have numbers.
struct Read {
  CommitGraph::Node node;
  std::vector<std::string> parents;
};

/// "committer Name <mail> 1700000000 +0100" -> 1700000000; 0 when it is not there.
std::int64_t time_of(std::string_view line) {
  const std::size_t mail = line.rfind('>');
  if (mail == std::string_view::npos || mail + 2 > line.size()) return 0;
  std::int64_t time = 0;
  std::from_chars(line.data() + mail + 2, line.data() + line.size(), time);
  return time;
}

/// Reads the headers of a commit; the message does not matter.
Read parse_commit(std::string_view bytes, std::string_view hex_id) {
  Read out;
  out.node.id = unhex(hex_id);
  while (!bytes.empty() && bytes[0] != '\n') {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size());
    const std::string_view line = bytes.substr(0, end);
    if (line.starts_with("tree ")) out.node.tree = unhex(line.substr(5));
    if (line.starts_with("parent ")) out.parents.push_back(unhex(line.substr(7)));
    if (line.starts_with("committer ")) out.node.time = time_of(line);
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
  }
  return out;
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

CommitGraph::CommitGraph(Objects& objects, const std::vector<Tip>& tips, unsigned workers, Tally& tally) {
  read(objects, workers, tally);
  sort();
  resolve(objects.store(), tips, tally);
  mark_reachable();
}

void CommitGraph::read(Objects& objects, unsigned workers, Tally& tally) {
  std::vector<std::vector<Read>> found(workers);
  Tally commits;  // its blobs and bytes are not the scan's
  objects.read(
      ObjectType::commit,
      [&](const Blob& commit, unsigned worker) { found[worker].push_back(parse_commit(commit.bytes, commit.id)); },
      workers, commits);
  for (const Skipped& skipped : commits.skipped()) tally.skip(skipped.path, skipped.reason, skipped.incomplete);
  for (std::vector<Read>& part : found)
    for (Read& commit : part) {
      by_id_.emplace(commit.node.id, static_cast<std::uint32_t>(nodes_.size()));
      nodes_.push_back(std::move(commit.node));
      parent_ids_.push_back(std::move(commit.parents));
    }
}

/// Numbers the commits anew, parents first. Dates alone do not do: clocks go wrong.
void CommitGraph::sort() {
  std::vector<std::vector<std::uint32_t>> children(nodes_.size());
  std::vector<std::uint32_t> waiting(nodes_.size(), 0);
  for (std::uint32_t i = 0; i < nodes_.size(); ++i)
    for (const std::string& parent : parent_ids_[i]) {
      const auto it = by_id_.find(parent);
      nodes_[i].cut = nodes_[i].cut || it == by_id_.end();
      if (it == by_id_.end()) continue;
      nodes_[i].parents.push_back(it->second);
      children[it->second].push_back(i);
      ++waiting[i];
    }
  const auto later = [&](std::uint32_t a, std::uint32_t b) {
    return std::tie(nodes_[a].time, nodes_[a].id) > std::tie(nodes_[b].time, nodes_[b].id);
  };
  std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, decltype(later)> ready(later);
  for (std::uint32_t i = 0; i < nodes_.size(); ++i)
    if (waiting[i] == 0) ready.push(i);
  std::vector<std::uint32_t> order, number(nodes_.size(), 0);
  while (!ready.empty()) {
    const std::uint32_t i = ready.top();
    ready.pop();
    number[i] = static_cast<std::uint32_t>(order.size());
    order.push_back(i);
    for (const std::uint32_t child : children[i])
      if (--waiting[child] == 0) ready.push(child);
  }
  // Commits in a circle can only be made by forging ids; they are left out.
  std::vector<Node> sorted;
  sorted.reserve(order.size());
  by_id_.clear();
  for (const std::uint32_t i : order) {
    for (std::uint32_t& parent : nodes_[i].parents) parent = number[parent];
    by_id_.emplace(nodes_[i].id, static_cast<std::uint32_t>(sorted.size()));
    sorted.push_back(std::move(nodes_[i]));
  }
  nodes_ = std::move(sorted);
  parent_ids_.clear();
}

std::optional<std::uint32_t> CommitGraph::find(const std::string& raw_id) const {
  const auto it = by_id_.find(raw_id);
  return it == by_id_.end() ? std::nullopt : std::optional(it->second);
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
  for (std::size_t i = nodes_.size(); i-- > 0;) {
    if (!nodes_[i].reachable) continue;
    ++reachable_;
    for (const std::uint32_t parent : nodes_[i].parents) nodes_[parent].reachable = true;
  }
}

}  // namespace overreach
