#include "scanner/source/git/range.h"

#include <algorithm>
#include <ctime>
#include <sstream>

#include "scanner/source/git/commit_walk.h"
#include "scanner/source/git/refs.h"
#include "scanner/source/git/revision.h"
#include "scanner/source/git/since.h"

namespace overreach {
namespace {

class Resolver {
 public:
  Resolver(const RepositoryPaths& repository, const ObjectStore& store) : repository_(repository), store_(store) {}

  CommitRange resolve(const RangeRequest& request) {
    if (request.pushed) {
      std::istringstream lines(*request.pushed);
      for (std::string line; std::getline(lines, line);) add_push(line, request.remote);
    } else {
      add_range(request.range);
    }
    if (request.since.empty()) return std::move(out_);
    out_.since = parse_since(request.since, std::time(nullptr));
    if (!out_.since)
      throw UsageError("--since takes a date such as 2026-01-31 or an age such as 30d or 2.weeks, not '" +
                       request.since + "'");
    return std::move(out_);
  }

 private:
  /// The commit, or a UsageError that says what to do.
  std::string commit(const std::string& text, const std::string& head) const {
    Result<std::string> found = find_commit(repository_, store_, text);
    if (found) return *found;
    std::string message = found.error().message;
    const bool id = text.size() >= 2 * repository_.id_size && text.find_first_not_of("0123456789abcdef") > text.size();
    if (!shallow_commits(repository_.common).empty())
      message += "; this is a shallow clone: run 'git fetch --unshallow' first";
    else if (id)
      message += "; it is not in this clone. After a forced push it may be gone: '--range " +
                 std::string(2 * repository_.id_size, '0') + ".." + (head.empty() ? "HEAD" : head) +
                 "' scans what no other remote-tracking ref has";
    throw UsageError(message);
  }

  void add_range(const std::string& range) {
    const std::size_t dots = range.find("..");
    const bool symmetric = dots != std::string::npos && range.compare(dots, 3, "...") == 0;
    const std::string from = range.substr(0, dots);
    const std::string to = dots == std::string::npos ? "" : range.substr(dots + (symmetric ? 3 : 2));
    if (is_null_id(to)) {
      out_.notices.push_back("the range ends in no commit, as when a branch is deleted: there is nothing to scan");
      return;
    }
    const std::string last = commit(to, to);
    if (range.empty()) {
      out_.include.push_back(last);
    } else if (is_null_id(from)) {
      out_.include.push_back(last);
      // Where the push has been made already (CI), the branch's own remote-tracking ref is there.
      exclude_remotes("", last);
    } else if (const std::string first = commit(from, to); first == last) {
      out_.alone.push_back(last);
    } else {
      out_.include.push_back(last);
      out_.exclude.push_back(first);
    }
  }

  /// "refs/heads/topic <id> refs/heads/topic <id>".
  void add_push(const std::string& line, const std::string& remote) {
    std::istringstream fields(line);
    std::string local_ref, local, remote_ref, there;
    if (!(fields >> local_ref >> local >> remote_ref >> there)) {
      if (line.find_first_not_of(" \t\r") == std::string::npos) return;
      throw UsageError("--pre-push reads what git gives a pre-push hook: 'local-ref id remote-ref id' per line");
    }
    if (is_null_id(local)) return;  // the branch is deleted there
    out_.include.push_back(commit(local, local));
    exclude_remotes(remote, "");
    if (is_null_id(there)) return;
    if (const Result<std::string> known = find_commit(repository_, store_, there))
      out_.exclude.push_back(*known);
    else
      out_.notices.push_back("the remote's " + remote_ref +
                             " is at a commit that is not here: scanned is what no remote-tracking ref has");
  }

  /// Excludes what the remote-tracking refs of `remote` (empty: of all) have, but for refs at `but`.
  void exclude_remotes(const std::string& remote, const std::string& but) {
    Tally unheard;  // refs that cannot be read exclude nothing
    const std::string prefix = "refs/remotes/" + (remote.empty() ? "" : remote + "/");
    for (const Tip& tip : read_tips(repository_.common, repository_.id_size, unheard))
      if (!tip.reflog && tip.name.starts_with(prefix) && tip.id != but) out_.exclude.push_back(tip.id);
    std::sort(out_.exclude.begin(), out_.exclude.end());
    out_.exclude.erase(std::unique(out_.exclude.begin(), out_.exclude.end()), out_.exclude.end());
  }

  const RepositoryPaths& repository_;
  const ObjectStore& store_;
  CommitRange out_;
};

}  // namespace

CommitRange resolve_range(const RepositoryPaths& repository, const ObjectStore& store, const RangeRequest& request) {
  return Resolver(repository, store).resolve(request);
}

}  // namespace overreach
