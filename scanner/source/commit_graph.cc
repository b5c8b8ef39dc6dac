#include "scanner/source/commit_graph.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace overreach {
namespace {

std::string unhex(std::string_view text) {
  const auto digit = [](char c) { return c >= 'a' ? c - 'a' + 10 : c - '0'; };
  std::string out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    out += static_cast<char>(digit(text[i]) * 16 + digit(text[i + 1]));
  return out;
}

/// "committer Name <mail> 1700000000 +0100" -> 1700000000; 0 when it is not there.
std::int64_t time_of(std::string_view line) {
  const std::size_t mail = line.rfind('>');
  if (mail == std::string_view::npos || mail + 2 > line.size()) return 0;
  std::int64_t time = 0;
  std::from_chars(line.data() + mail + 2, line.data() + line.size(), time);
  return time;
}

/// Reads the headers of a commit; the message does not matter.
CommitGraph::Node parse_commit(std::string_view bytes, std::string_view hex_id) {
  CommitGraph::Node node;
  node.id = unhex(hex_id);
  while (!bytes.empty() && bytes[0] != '\n') {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size());
    const std::string_view line = bytes.substr(0, end);
    if (line.starts_with("tree ")) node.tree = unhex(line.substr(5));
    if (line.starts_with("parent ")) node.parents.push_back(unhex(line.substr(7)));
    if (line.starts_with("committer ")) node.time = time_of(line);
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
  }
  return node;
}

std::string raw(const git_oid& id) { return {reinterpret_cast<const char*>(id.id), GIT_OID_RAWSZ}; }

struct Tips {
  git_repository* repository;
  std::vector<std::string> ids;

  void add_reflog(const char* name) {
    git_reflog* log = nullptr;
    if (git_reflog_read(&log, repository, name) != 0) return;
    const Reflog owned(log);
    for (std::size_t i = 0; i < git_reflog_entrycount(log); ++i)
      ids.push_back(raw(*git_reflog_entry_id_new(git_reflog_entry_byindex(log, i))));
  }
};

int add_reference(const char* name, void* context) noexcept {
  auto* tips = static_cast<Tips*>(context);
  git_object* object = nullptr;
  git_reference* reference = nullptr;
  if (git_reference_lookup(&reference, tips->repository, name) == 0) {
    const Reference owned(reference);
    if (git_reference_peel(&object, reference, GIT_OBJECT_COMMIT) == 0) {  // fails for tags of blobs
      const GitObject holder(object);
      tips->ids.push_back(raw(*git_object_id(object)));
    }
  }
  tips->add_reflog(name);
  return 0;
}

}  // namespace

CommitGraph::CommitGraph(const Objects& objects, Tally& tally) {
  std::vector<std::vector<Node>> found(objects.workers());
  Tally commits;  // its blobs and bytes are not the scan's
  objects.read(
      Pack::Type::commit,
      [&](const Blob& commit, unsigned worker) { found[worker].push_back(parse_commit(commit.bytes, commit.id)); },
      commits);
  for (const Skipped& skipped : commits.skipped()) tally.skip(skipped.path, skipped.reason, skipped.incomplete);
  for (std::vector<Node>& nodes : found) std::move(nodes.begin(), nodes.end(), std::back_inserter(nodes_));
  std::sort(nodes_.begin(), nodes_.end(),
            [](const Node& a, const Node& b) { return std::tie(a.time, a.id) < std::tie(b.time, b.id); });
  for (std::size_t i = 0; i < nodes_.size(); ++i) by_id_.emplace(nodes_[i].id, i);
  mark_reachable(objects.repository());
}

const CommitGraph::Node* CommitGraph::find(const std::string& raw_id) const {
  const auto it = by_id_.find(raw_id);
  return it == by_id_.end() ? nullptr : &nodes_[it->second];
}

void CommitGraph::mark_reachable(git_repository* repository) {
  Tips tips{repository, {}};
  git_reference_foreach_name(repository, add_reference, &tips);
  add_reference("HEAD", &tips);
  std::vector<std::string> todo = std::move(tips.ids);
  while (!todo.empty()) {
    const auto it = by_id_.find(todo.back());
    todo.pop_back();
    if (it == by_id_.end() || nodes_[it->second].reachable) continue;
    Node& node = nodes_[it->second];
    node.reachable = true;
    ++reachable_;
    todo.insert(todo.end(), node.parents.begin(), node.parents.end());
  }
}

}  // namespace overreach
