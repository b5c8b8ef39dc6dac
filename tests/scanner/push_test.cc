// What a pre-push hook sees: git runs it and tells it what goes where.
#include <catch2/catch.hpp>

#include "tests/scanner/guarded.h"

namespace overreach::testing {
namespace {

using Paths = std::set<std::string>;

/// A guarded repository with a remote "origin" that has nothing yet.
struct Pushed : Guarded {
  Pushed() {
    git(there.path(), {"init", "-q", "--bare", "."});
    run({"remote", "add", "origin", there.path().string()});
  }
  void commit_past_the_hook(const std::string& path, const std::string& text) {
    write(path, text);
    run({"add", path});
    run({"commit", "-qnm", "write " + path});
  }
  TempDir there;
};

}  // namespace

TEST_CASE("a push is refused for what it would bring, even if a later commit removes it", "[push]") {
  Pushed repo;
  repo.commit_past_the_hook("a", "clean\n");
  CHECK(repo.push({"origin", "main"}));
  CHECK(repo.commits() == 1);
  repo.commit_past_the_hook("b", leak(1));
  repo.commit_past_the_hook("b", "clean\n");
  CHECK_FALSE(repo.push({"origin", "main"}));
  CHECK(repo.found() == Paths{"b"});
  CHECK(repo.commits() == 2);
  repo.run({"reset", "-q", "--hard", "HEAD~2"});
  repo.commit_past_the_hook("b", "clean\n");
  CHECK(repo.push({"origin", "main"}));
  CHECK(repo.commits() == 1);
}

TEST_CASE("what the remote has is not scanned again", "[push]") {
  Pushed repo;
  repo.commit_past_the_hook("old", leak(1));
  CHECK(repo.made({"push", "-q", "--no-verify", "origin", "main"}, repo.root()));

  SECTION("on a new branch") {
    repo.run({"checkout", "-qb", "topic"});
    repo.commit_past_the_hook("new", "clean\n");
    CHECK(repo.push({"origin", "topic"}));
    CHECK(repo.commits() == 1);
  }
  SECTION("after a merge of what came from there") {
    repo.run({"checkout", "-qb", "topic"});
    repo.commit_past_the_hook("new", "clean\n");
    CHECK(repo.push({"origin", "topic"}));
    repo.run({"checkout", "-q", "main"});
    repo.commit_past_the_hook("late", leak(2));
    CHECK(repo.made({"push", "-q", "--no-verify", "origin", "main"}, repo.root()));
    repo.run({"checkout", "-q", "topic"});
    repo.run({"merge", "-q", "--no-verify", "--no-ff", "-m", "merge", "main"});
    CHECK(repo.push({"origin", "topic"}));
    CHECK(repo.commits() == 1);
  }
  SECTION("but another remote has not got it") {
    const TempDir elsewhere;
    git(elsewhere.path(), {"init", "-q", "--bare", "."});
    repo.run({"remote", "add", "public", elsewhere.path().string()});
    CHECK_FALSE(repo.push({"public", "main"}));
    CHECK(repo.found() == Paths{"old"});
    CHECK_FALSE(repo.push({elsewhere.path().string(), "main"}));
    CHECK(repo.found() == Paths{"old"});
  }
  SECTION("when a branch is deleted nothing is sent") {
    repo.run({"branch", "gone"});
    CHECK(repo.push({"origin", "gone"}));
    CHECK(repo.push({"origin", ":gone"}));
    CHECK(repo.commits() == 0);
  }
  SECTION("a forced push brings what is new since the histories parted") {
    repo.commit_past_the_hook("b", "clean\n");
    CHECK(repo.push({"origin", "main"}));
    repo.run({"reset", "-q", "--hard", "HEAD~1"});
    repo.commit_past_the_hook("c", leak(2));
    CHECK_FALSE(repo.push({"--force", "origin", "main"}));
    CHECK(repo.found() == Paths{"c"});
    CHECK(repo.commits() == 1);
  }
  SECTION("a forced push over a commit that is not here says so") {
    const TempDir other;
    git(other.path(), {"clone", "-q", repo.there.path().string(), "clone"});
    other.write("clone/theirs", "clean\n");
    git(other.path() / "clone", {"add", "."});
    git(other.path() / "clone", {"commit", "-qm", "theirs"}, 3);
    git(other.path() / "clone", {"push", "-q", "origin", "main"});
    repo.commit_past_the_hook("ours", leak(2));
    CHECK_FALSE(repo.push({"--force", "origin", "main"}));
    CHECK(repo.found() == Paths{"ours"});
    CHECK(repo.commits() == 1);
    CHECK(repo.notices().size() == 1);
  }
  SECTION("several refs, a tag among them") {
    repo.run({"checkout", "-qb", "one"});
    repo.commit_past_the_hook("x", "clean\n");
    repo.run({"checkout", "-qb", "two", "main"});
    repo.commit_past_the_hook("y", leak(2));
    repo.run({"tag", "-a", "-m", "tag", "v1"});
    repo.run({"checkout", "-q", "main"});
    CHECK_FALSE(repo.push({"origin", "one", "v1"}));
    CHECK(repo.found() == Paths{"y"});
    CHECK(repo.commits() == 2);
  }
}

TEST_CASE("a hook that finds nothing says nothing", "[push]") {
  Pushed repo;
  repo.commit_past_the_hook("a", "clean\n");
  std::string id = repo.run({"rev-parse", "HEAD"});
  id.pop_back();
  const std::string line = "refs/heads/main " + id + " refs/heads/main " + std::string(40, '0') + "\n";
  const Outcome outcome = run_process({OVERREACH_BINARY, "scan", "--pre-push"}, repo.root(), line);
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.out.empty());
  CHECK(outcome.err.empty());
  CHECK(run_process({OVERREACH_BINARY, "scan", "--pre-push", "--range", "main"}, repo.root(), line).exit_code == 2);
  CHECK(run_process({OVERREACH_BINARY, "scan", "--pre-push"}, repo.root(), "nonsense\n").exit_code == 2);
}

}  // namespace overreach::testing
