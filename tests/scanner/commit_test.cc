// What a pre-commit hook sees: git runs it, it runs the program, the commit is refused or made.
#include <catch2/catch.hpp>

#include "tests/scanner/guarded.h"

namespace overreach::testing {
namespace {

using Paths = std::set<std::string>;

}  // namespace

TEST_CASE("the first commit is scanned as a whole", "[commit]") {
  Guarded repo;
  repo.write("fine", "nothing here\n");
  repo.write("sub/leak.sh", leak(1));
  repo.run({"add", "."});
  CHECK_FALSE(repo.commit({}));
  CHECK(repo.found() == Paths{"sub/leak.sh"});
  CHECK(repo.files() == 2);
  repo.run({"rm", "-q", "--cached", "sub/leak.sh"});
  CHECK(repo.commit({}));
  CHECK(repo.files() == 1);
}

TEST_CASE("each form of commit is scanned as it would be recorded", "[commit]") {
  Guarded repo;
  for (const char* path : {"a", "b", "sub/c"}) repo.write(path, "clean\n");
  repo.run({"add", "."});
  REQUIRE(repo.commit({}));

  SECTION("commit -a takes what has not been added") {
    repo.write("a", leak(1));
    CHECK_FALSE(repo.commit({"-a"}));
    CHECK(repo.found() == Paths{"a"});
  }
  SECTION("a plain commit leaves out what has not been added") {
    repo.write("a", leak(1));
    repo.write("b", "changed\n");
    repo.run({"add", "b"});
    CHECK(repo.commit({}));
    CHECK(repo.files() == 1);
  }
  SECTION("what is staged counts, not what the work tree has since become") {
    repo.write("a", leak(1));
    repo.run({"add", "a"});
    repo.write("a", "clean again\n");
    CHECK_FALSE(repo.commit({}));
    CHECK(repo.found() == Paths{"a"});
  }
  SECTION("a commit of one path leaves out what else is staged") {
    repo.write("a", leak(1));
    repo.run({"add", "a"});
    repo.write("b", "changed\n");
    CHECK(repo.commit({"b"}));
    CHECK(repo.files() == 1);
    repo.write("b", leak(2));
    CHECK_FALSE(repo.commit({"b"}));
    CHECK(repo.found() == Paths{"b"});
    repo.write("sub/c", leak(3));
    CHECK_FALSE(repo.commit({"--include", "sub/c"}));
    CHECK(repo.found() == Paths{"a", "sub/c"});
  }
  SECTION("an amended commit shows what is added to it") {
    repo.write("a", leak(1));
    repo.run({"add", "a"});
    CHECK_FALSE(repo.commit({"--amend"}));
    CHECK(repo.found() == Paths{"a"});
  }
  SECTION("from a sub-directory, and with a detached HEAD") {
    repo.run({"checkout", "-q", "--detach"});
    repo.write("sub/c", leak(1));
    repo.write("a", "changed\n");
    CHECK_FALSE(repo.commit({"-a"}, "sub"));
    CHECK(repo.found() == Paths{"sub/c"});
    CHECK(repo.files() == 2);
    CHECK_FALSE(repo.commit({"c"}, "sub"));
    CHECK(repo.files() == 1);
  }
  SECTION("a renamed file is read under its new name") {
    repo.run({"mv", "a", "renamed"});
    CHECK(repo.commit({}));
    CHECK(repo.files() == 1);
  }
  SECTION("nothing but a deletion leaves nothing to read") {
    repo.run({"rm", "-q", "a"});
    CHECK(repo.commit({}));
    CHECK(repo.files() == 0);
  }
  SECTION("a file that becomes a link is read as what git stores: the name it points to") {
    fs::remove(repo.root() / "a");
    fs::create_symlink("b", repo.root() / "a");
    fs::remove(repo.root() / "b");
    repo.write("b/inside", leak(1));
    repo.run({"add", "-A"});
    CHECK_FALSE(repo.commit({}));
    CHECK(repo.found() == Paths{"b/inside"});
    CHECK(repo.files() == 2);
  }
  SECTION("a change of the mode is a change") {
    repo.run({"update-index", "--chmod=+x", "a"});
    CHECK(repo.commit({}));
    CHECK(repo.files() == 1);
  }
  SECTION("intent to add is not part of the commit") {
    repo.write("later", leak(1));
    repo.run({"add", "-N", "later"});
    repo.write("b", "changed\n");
    repo.run({"add", "b"});
    CHECK(repo.commit({}));
    CHECK(repo.files() == 1);
    CHECK_FALSE(repo.commit({"-a"}));
    CHECK(repo.found() == Paths{"later"});
  }
  SECTION("a linked work tree has its own index and HEAD") {
    const TempDir other;
    const fs::path linked = other.path() / "linked";
    repo.run({"worktree", "add", "-q", linked.string(), "-b", "side"});
    other.write("linked/sub/c", leak(1));
    CHECK_FALSE(repo.commit({"-a"}, "sub", linked));
    CHECK(repo.found() == Paths{"sub/c"});
    other.write("linked/sub/c", "changed\n");
    CHECK(repo.commit({"sub/c"}, "", linked));
    CHECK(repo.files() == 1);
  }
  SECTION("a work tree of a bare repository") {
    const TempDir other;
    git(other.path(), {"clone", "-q", "--bare", repo.root().string(), "bare"});
    git(other.path() / "bare", {"worktree", "add", "-q", "../linked", "main"});
    fs::copy_file(repo.root() / ".git/hooks/pre-commit", other.path() / "bare/hooks/pre-commit");
    other.write("linked/sub/c", leak(1));
    CHECK_FALSE(repo.commit({"-a"}, "", other.path() / "linked"));
    CHECK(repo.found() == Paths{"sub/c"});
    CHECK_FALSE(repo.commit({"c"}, "sub", other.path() / "linked"));
    CHECK(repo.found() == Paths{"sub/c"});
  }
  SECTION("a submodule is a repository of its own") {
    const TempDir other;
    git(other.path(), {"init", "-q"});
    git(other.path(), {"submodule", "--quiet", "add", repo.root().string(), "lib"});
    fs::copy_file(repo.root() / ".git/hooks/pre-commit", other.path() / ".git/modules/lib/hooks/pre-commit",
                  fs::copy_options::overwrite_existing);
    other.write("lib/sub/c", leak(1));
    CHECK_FALSE(repo.commit({"-a"}, "sub", other.path() / "lib"));
    CHECK(repo.found() == Paths{"sub/c"});
    CHECK(repo.files() == 1);
  }
  SECTION("the author's settings do not change what is read") {
    repo.run({"config", "diff.external", "false"});
    repo.run({"config", "core.quotePath", "false"});
    repo.run({"config", "diff.noprefix", "true"});
    repo.run({"config", "core.fsmonitor", "false"});
    repo.run({"config", "core.untrackedCache", "true"});
    repo.run({"update-index", "--untracked-cache"});
    repo.write("a", leak(1));
    CHECK_FALSE(repo.commit({"-a"}));
    CHECK(repo.found() == Paths{"a"});
  }
  SECTION("refs that are packed") {
    repo.run({"pack-refs", "--all"});
    repo.run({"gc", "-q"});
    repo.write("a", leak(1));
    CHECK_FALSE(repo.commit({"-a"}));
    CHECK(repo.found() == Paths{"a"});
    CHECK(repo.files() == 1);
  }
}

TEST_CASE("a merge is scanned for what it brings", "[commit]") {
  Guarded repo;
  repo.write("a", "base\n");
  repo.run({"add", "."});
  REQUIRE(repo.commit({}));
  repo.run({"checkout", "-qb", "side"});
  repo.write("a", "side\n");
  repo.write("from-side", leak(1));
  repo.run({"add", "."});
  REQUIRE(repo.commit({"--no-verify"}));
  repo.run({"checkout", "-q", "main"});

  SECTION("a clean merge, in the hook that git runs for it") {
    repo.write("b", "main\n");
    repo.run({"add", "."});
    REQUIRE(repo.commit({}));
    CHECK_FALSE(repo.made({"merge", "-q", "--no-ff", "side"}, repo.root()));
    REQUIRE(repo.asked());
    CHECK(repo.found() == Paths{"from-side"});
  }
  SECTION("a merge with conflicts, once they are solved") {
    repo.write("a", "main\n");
    REQUIRE(repo.commit({"-a"}));
    CHECK_FALSE(repo.made({"merge", "-q", "side"}, repo.root()));
    const Outcome early = run_process({OVERREACH_BINARY, "scan", "--staged", "--json", "-"}, repo.root());
    CHECK(early.exit_code == 1);  // the other file of the merge has a credential
    const Json report = Json::parse(early.out);
    CHECK(report.at("scanned").at("incomplete") == true);
    CHECK(report.at("scanned").at("skipped").at(0).at("reason") == "merge conflict in the index");
    repo.run({"rm", "-qf", "from-side"});
    CHECK(run_process({OVERREACH_BINARY, "scan", "--staged", "-q"}, repo.root()).exit_code == 3);
    repo.write("a", leak(2));
    repo.run({"add", "a"});
    CHECK_FALSE(repo.commit({}));
    CHECK(repo.found() == Paths{"a"});
  }
}

TEST_CASE("what a commit only points to is named", "[commit]") {
  Guarded repo;
  SECTION("a Git LFS pointer") {
    repo.write("model.bin",
               "version https://git-lfs.github.com/spec/v1\noid sha256:" + std::string(64, '0') + "\nsize 123456\n");
    repo.run({"add", "."});
    CHECK(repo.commit({}));
    CHECK(repo.exit_code() == 0);
    CHECK(repo.files() == 1);
    CHECK(repo.skipped().at("model.bin") == "LFS pointer: content is not in the repository");
  }
  SECTION("a submodule") {
    const TempDir other;
    git(other.path(), {"init", "-q"});
    other.write("f", leak(1));
    git(other.path(), {"add", "."});
    git(other.path(), {"commit", "-qm", "one"});
    repo.run({"submodule", "--quiet", "add", other.path().string(), "lib"});
    CHECK(repo.commit({}));
    CHECK(repo.skipped().at("lib") == "submodule, not descended");
    CHECK(repo.files() == 1);  // .gitmodules
  }
}

TEST_CASE("a sparse check-out is scanned in full, whatever of it is collapsed", "[commit]") {
  for (const bool collapsed : {false, true}) DYNAMIC_SECTION((collapsed ? "sparse index" : "full index")) {
      Guarded repo;
      for (const char* path : {"in/a", "out/b", "out/deep/c"}) repo.write(path, "clean\n");
      repo.run({"add", "."});
      REQUIRE(repo.commit({}));
      repo.run({"sparse-checkout", "set", "--cone", collapsed ? "--sparse-index" : "--no-sparse-index", "in"});
      REQUIRE_FALSE(fs::exists(repo.root() / "out/b"));
      repo.write("in/a", leak(1));
      CHECK_FALSE(repo.commit({"-a"}));
      CHECK(repo.found() == Paths{"in/a"});
      CHECK(repo.files() == 1);
      repo.write("in/a", "clean again\n");
      CHECK(repo.commit({"-a"}));
    }
}

TEST_CASE("SHA-256 repositories and split indexes are guarded like others", "[commit]") {
  struct Row {
    const char* name;
    std::vector<std::string> init;
    const char* setting;
  };
  const Row rows[] = {
      {"SHA-256", {"--object-format=sha256"}, "index.version=2"},
      {"SHA-256, version 4", {"--object-format=sha256"}, "index.version=4"},
      {"split index", {}, "core.splitIndex=true"},
      {"many files", {}, "feature.manyFiles=true"},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      Guarded repo(row.init);
      const std::string setting = row.setting;
      repo.run({"config", setting.substr(0, setting.find('=')), setting.substr(setting.find('=') + 1)});
      repo.write("a", "clean\n");
      repo.write("d/b", "clean\n");
      repo.run({"add", "."});
      REQUIRE(repo.commit({}));
      CHECK(repo.files() == 2);
      repo.write("d/b", leak(1));
      CHECK_FALSE(repo.commit({"-a"}));
      CHECK(repo.found() == Paths{"d/b"});
      CHECK(repo.files() == 1);
    }
}

TEST_CASE("objects that are not here are named and never fetched", "[commit]") {
  const TempDir dir;
  git(dir.path(), {"init", "-q", "origin"});
  dir.write("origin/a", "one\n");
  git(dir.path() / "origin", {"add", "."});
  git(dir.path() / "origin", {"commit", "-qm", "one"});
  git(dir.path() / "origin", {"config", "uploadpack.allowFilter", "true"});
  git(dir.path(),
      {"clone", "-q", "--no-checkout", "--filter=blob:none", "file://" + (dir.path() / "origin").string(), "partial"});
  const fs::path partial = dir.path() / "partial";
  git(partial, {"read-tree", "HEAD"});
  std::string blob = git(partial, {"rev-parse", "HEAD:a"});
  blob.pop_back();
  git(partial, {"update-index", "--add", "--cacheinfo", "100644," + blob + ",copy"});
  const auto before = git(partial, {"count-objects", "-v"});
  const Outcome outcome = run_process({OVERREACH_BINARY, "scan", "--staged", "--json", "-"}, partial);
  CHECK(outcome.exit_code == 3);
  const Json report = Json::parse(outcome.out);
  CHECK(report.at("scanned").at("skipped").at(0).at("path") == "copy");
  CHECK_THAT(report.at("scanned").at("skipped").at(0).at("reason").get<std::string>(),
             Catch::Contains("not in this partial clone"));
  CHECK(git(partial, {"count-objects", "-v"}) == before);
  git(partial, {"fetch", "-q", "--refetch", "--no-filter"});
  CHECK(run_process({OVERREACH_BINARY, "scan", "--staged", "-q"}, partial).exit_code == 0);
}

TEST_CASE("the environment that git gives to hooks decides what is read", "[commit]") {
  const TempDir dir;
  dir.write("work/leak", leak(1));
  dir.write("work/sub/clean", "x\n");
  const std::string work = (dir.path() / "work").string();
  git(dir.path(), {"init", "-q", "--bare", "store"});
  const std::string store = (dir.path() / "store").string();
  git(dir.path(), {"--git-dir=store", "--work-tree=work", "add", "."});
  const auto scan = [&](const std::string& where, const std::vector<std::string>& environment) {
    const Outcome outcome = run_process({OVERREACH_BINARY, "scan", "--staged", "--json", "-"}, where, "", environment);
    INFO(outcome.err);
    CHECK(outcome.exit_code == 1);
    Json report = Json::parse(outcome.out);
    return std::pair(report.at("scanned").at("files").get<int>(),
                     report.at("findings").at(0).at("sites").at(0).at("path").get<std::string>());
  };
  const std::pair<int, std::string> both = {2, "leak"};
  CHECK(scan(work, {"GIT_DIR=" + store, "GIT_WORK_TREE=" + work}) == both);
  CHECK(scan(work + "/sub", {"GIT_DIR=" + store, "GIT_WORK_TREE=" + work}) == both);
  CHECK(scan(work, {"GIT_DIR=../store"}) == both);
  SECTION("another index") {
    fs::rename(dir.path() / "store/index", dir.path() / "store/next-index-1.lock");
    CHECK(scan(work, {"GIT_DIR=" + store, "GIT_INDEX_FILE=" + store + "/next-index-1.lock"}) == both);
    // Relative to the top of the work tree, wherever the hook has gone.
    CHECK(scan(work + "/sub",
               {"GIT_DIR=" + store, "GIT_WORK_TREE=" + work, "GIT_INDEX_FILE=../store/next-index-1.lock"}) == both);
  }
  SECTION("objects in quarantine") {
    fs::rename(dir.path() / "store/objects", dir.path() / "incoming");
    fs::create_directories(dir.path() / "store/objects");
    const std::string incoming = "=" + (dir.path() / "incoming").string();
    CHECK(scan(work, {"GIT_DIR=" + store, "GIT_OBJECT_DIRECTORY" + incoming}) == both);
    CHECK(scan(work, {"GIT_DIR=" + store, "GIT_OBJECT_DIRECTORY=" + store + "/objects",
                      "GIT_ALTERNATE_OBJECT_DIRECTORIES" + incoming}) == both);
  }
}

TEST_CASE("an index that cannot be read is named and leaves the scan incomplete", "[commit]") {
  Guarded repo;
  repo.write("a", "x\n");
  repo.run({"add", "."});
  repo.write(".git/index", "DIRC and no more");
  const Outcome outcome = run_process({OVERREACH_BINARY, "scan", "--staged", "--json", "-"}, repo.root());
  CHECK(outcome.exit_code == 3);
  CHECK_THAT(outcome.out, Catch::Contains("cannot read the index: not an index, or truncated"));
  const TempDir nowhere;
  const Outcome none = run_process({OVERREACH_BINARY, "scan", "--staged"}, nowhere.path());
  CHECK(none.exit_code == 2);
  CHECK_THAT(none.err, Catch::Contains("there is no git repository"));
}

}  // namespace overreach::testing
