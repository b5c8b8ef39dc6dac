#include "scanner/source/git/commit_walk.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <map>
#include <queue>
#include <unordered_map>
#include <utility>

#include "scanner/base/hash.h"

namespace overreach {
namespace {

constexpr int kSlop = 5;  // as git: so many excluded commits in a row must be older than all others

/// The rest of the line if it begins with `key`; takes the line off `text`.
bool take_line(std::string_view& text, std::string_view key, std::string_view& value) {
  if (!text.starts_with(key)) return false;
  const std::size_t end = std::min(text.find('\n'), text.size());
  value = text.substr(key.size(), end - key.size());
  text.remove_prefix(std::min(end + 1, text.size()));
  return true;
}

/// "Name <mail> 1767225600 +0000": the number behind the last '>'.
std::int64_t time_of(std::string_view line) {
  const std::size_t mail = line.rfind('>');
  std::int64_t time = 0;
  if (mail == std::string_view::npos) return time;
  line.remove_prefix(std::min(line.find_first_not_of(' ', mail + 1), line.size()));
  std::from_chars(line.data(), line.data() + line.size(), time);
  return time;
}

class Walk {
 public:
  Walk(const ObjectStore& store, const std::set<std::string>& shallow, Tally& tally)
      : store_(store), shallow_(shallow), tally_(tally) {}

  std::vector<CommitObject> run(const std::vector<std::string>& include, const std::vector<std::string>& exclude) {
    for (const std::string& id : exclude) hide(id);
    for (const std::string& id : include) enqueue(id);
    std::int64_t oldest = 0;  // of those found last
    for (int slop = kSlop; !queue_.empty() && slop > 0;) {
      const auto [time, id] = queue_.top();
      queue_.pop();
      Node& node = nodes_.at(id);
      if (node.hidden) {
        const bool newer = time >= oldest || found_.empty();
        slop = wanted_ > 0 || newer ? kSlop : slop - 1;
      } else {
        --wanted_;
        node.queued = false;
        oldest = time;
        found_.push_back(id);
      }
      node.done = true;
      follow(node);
    }
    std::vector<CommitObject> out;
    for (const std::string& id : found_) {
      Node& node = nodes_.at(id);
      if (node.hidden) continue;
      name_what_is_missing(node.commit);
      out.push_back(std::move(node.commit));
    }
    return out;
  }

 private:
  struct Node {
    CommitObject commit;
    bool hidden = false;
    bool queued = false;  // and not hidden
    bool done = false;    // its parents have been looked at
  };

  void follow(const Node& node) {
    if (shallow_.contains(node.commit.id)) return;
    const bool hidden = node.hidden;
    const std::vector<std::string> parents = node.commit.parents;
    for (const std::string& parent : parents)
      if (hidden)
        hide(parent);
      else
        enqueue(parent);
  }

  void name_what_is_missing(const CommitObject& commit) {
    if (shallow_.contains(commit.id))
      return tally_.skip(hex(commit.id), "history ends here in this shallow clone; run 'git fetch --unshallow'", true);
    for (const std::string& parent : commit.parents)
      if (const auto it = failed_.find(parent); it != failed_.end())
        tally_.skip(hex(parent), "unreadable commit: " + it->second, true);
  }

  /// The node of a commit that is waiting or done; null when it cannot be read.
  Node* enqueue(const std::string& id) {
    const auto [it, fresh] = nodes_.try_emplace(id);
    if (!fresh) return it->second.commit.id.empty() ? nullptr : &it->second;
    Result<CommitObject> commit = read_commit(store_, id);
    if (!commit) {
      failed_.emplace(id, commit.error().message);
      return nullptr;
    }
    it->second.commit = std::move(*commit);
    it->second.queued = true;
    ++wanted_;
    queue_.emplace(it->second.commit.time, id);
    return &it->second;
  }

  /// Excludes a commit, and what is known to lie behind it.
  void hide(const std::string& first) {
    std::vector<std::string> todo = {first};
    while (!todo.empty()) {
      const std::string id = std::move(todo.back());
      todo.pop_back();
      Node* node = enqueue(id);
      if (node == nullptr || node->hidden) continue;
      node->hidden = true;
      if (std::exchange(node->queued, false)) --wanted_;
      if (node->done && !shallow_.contains(id))
        todo.insert(todo.end(), node->commit.parents.begin(), node->commit.parents.end());
    }
  }

  const ObjectStore& store_;
  const std::set<std::string>& shallow_;
  Tally& tally_;
  std::unordered_map<std::string, Node> nodes_;
  std::priority_queue<std::pair<std::int64_t, std::string>> queue_;  // newest first
  std::size_t wanted_ = 0;                                           // of those that wait, not hidden
  std::vector<std::string> found_;
  std::map<std::string, std::string> failed_;  // why
};

}  // namespace

Result<CommitObject> read_commit(const ObjectStore& store, std::string_view raw_id) {
  const Result<Object> object = store.read(raw_id);
  if (!object) return tl::unexpected(object.error());
  CommitObject out;
  out.id = raw_id;
  std::string_view text = object->bytes;
  std::string_view value;
  if (object->type == ObjectType::commit && take_line(text, "tree ", value)) out.tree = unhex(value);
  if (out.tree.size() != raw_id.size()) return fail(Error::Kind::malformed, "it is no commit, or damaged");
  while (take_line(text, "parent ", value)) out.parents.push_back(unhex(value));
  if (take_line(text, "author ", value) && take_line(text, "committer ", value)) out.time = time_of(value);
  return out;
}

std::set<std::string> shallow_commits(const std::filesystem::path& common) {
  std::set<std::string> out;
  std::ifstream file(common / "shallow");
  for (std::string line; std::getline(file, line);) out.insert(unhex(line));
  return out;
}

std::vector<CommitObject> walk_commits(const ObjectStore& store, const std::set<std::string>& shallow,
                                       const std::vector<std::string>& include, const std::vector<std::string>& exclude,
                                       Tally& tally) {
  return Walk(store, shallow, tally).run(include, exclude);
}

}  // namespace overreach
