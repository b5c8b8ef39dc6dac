// The reader of git's index against git itself, and against damage.
#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <sstream>

#include "scanner/base/hash.h"
#include "scanner/source/git/git_config.h"
#include "scanner/source/git/index_file.h"
#include "scanner/source/git/object_store.h"
#include "scanner/source/git/repository.h"
#include "scanner/source/git/staged.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

using namespace overreach;
using overreach::testing::git;
using overreach::testing::TempDir;

namespace fs = std::filesystem;

namespace {

std::string slurp(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

/// "path id" of what is new, by our reader.
std::set<std::string> staged(const RepositoryPaths& repository, Tally& tally, std::size_t* trees = nullptr) {
  const Result<IndexFile> index = IndexFile::open(repository.index, repository.git_dir, repository.id_size);
  INFO((index ? "" : index.error().message));
  REQUIRE(index.has_value());
  const ObjectStore store(repository.objects, repository.id_size, tally);
  const std::string commit = read_ref(repository, "HEAD").value();
  std::string tree;
  if (!commit.empty()) tree = unhex(std::string_view(store.read(commit)->bytes).substr(5, 2 * repository.id_size));
  const auto read = [&](std::string_view id) -> Result<std::string> {
    if (trees != nullptr) ++*trees;
    return store.read(id).map([](Object object) { return object.bytes; });
  };
  std::set<std::string> out;
  for (const StagedFile& file : staged_files(*index, tree, read, tally)) out.insert(file.path + " " + hex(file.id));
  return out;
}

std::set<std::string> staged(const fs::path& directory) {
  Tally tally;
  const auto out = staged(find_repository(directory).value(), tally);
  CHECK_FALSE(tally.incomplete());
  return out;
}

/// The same by git: what differs from HEAD and is not deleted, a submodule or a conflict.
std::set<std::string> staged_by_git(const fs::path& directory) {
  const bool born = !git(directory, {"for-each-ref"}).empty();
  std::istringstream lines(
      git(directory, {"-c", "core.quotePath=false", "diff", "--cached", "--raw", "--no-abbrev", "--no-renames",
                      "--diff-filter=ACMT", born ? "HEAD" : "4b825dc642cb6eb9a060e54bf8d69288fbee4904"}));
  std::set<std::string> out;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    std::string from_mode, to_mode, from, to;
    fields >> from_mode >> to_mode >> from >> to;
    if (to_mode != "160000") out.insert(line.substr(line.find('\t') + 1) + " " + to);
  }
  return out;
}

/// Files in directories of several depths, some of which sort oddly beside their directories.
std::string random_path(std::mt19937& random) {
  static const char* const kParts[] = {"a", "a.b", "a-b", "b", "c0", "deep", "\xc3\xa4", "x y"};
  std::string path;
  for (auto depth = random() % 4; depth > 0; --depth) path += std::string(kParts[random() % 8]) + "_d/";
  return path + kParts[random() % 8];
}

void change_something(const TempDir& repo, std::mt19937& random) {
  for (int i = 0; i < 12; ++i) repo.write(random_path(random), std::to_string(random() % 50));
  git(repo.path(), {"add", "."});
  const std::string listed = git(repo.path(), {"-c", "core.quotePath=false", "ls-files"});
  std::istringstream lines(listed);
  for (std::string path; std::getline(lines, path);) {
    if (random() % 9 == 0) git(repo.path(), {"rm", "-q", "--cached", "-f", path});
    if (random() % 19 == 0) git(repo.path(), {"update-index", "--chmod=+x", "--add", path});
  }
}

}  // namespace

TEST_CASE("what is staged is what git says is staged, in every form of the index", "[index]") {
  struct Row {
    const char* name;
    std::vector<std::string> init;
    std::vector<std::vector<std::string>> config;
  };
  const Row rows[] = {
      {"version 2", {}, {{"index.version", "2"}}},
      {"version 4", {}, {{"index.version", "4"}}},
      {"split", {}, {{"core.splitIndex", "true"}, {"splitIndex.maxPercentChange", "100"}}},
      {"split, version 4", {}, {{"core.splitIndex", "true"}, {"index.version", "4"}}},
      {"threaded extensions", {}, {{"index.threads", "4"}}},
      {"no checksum", {}, {{"index.skipHash", "true"}}},
      {"SHA-256", {"--object-format=sha256"}, {}},
      {"SHA-256, version 4", {"--object-format=sha256"}, {{"index.version", "4"}}},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      std::mt19937 random(7);
      const TempDir repo;
      std::vector<std::string> init = {"init", "-q"};
      init.insert(init.end(), row.init.begin(), row.init.end());
      git(repo.path(), init);
      for (const auto& setting : row.config) git(repo.path(), {"config", setting[0], setting[1]});
      for (int round = 0; round < 6; ++round) {
        change_something(repo, random);
        if (round > 0 || row.init.empty()) CHECK(staged(repo.path()) == staged_by_git(repo.path()));
        if (round % 2 == 0) git(repo.path(), {"commit", "-qm", "x", "--allow-empty"}, round);
      }
    }
}

TEST_CASE("directories that git knows to be unchanged are not read", "[index]") {
  const TempDir repo;
  git(repo.path(), {"init", "-q"});
  for (int i = 0; i < 40; ++i) repo.write("d" + std::to_string(i % 20) + "/sub/f" + std::to_string(i), "x");
  git(repo.path(), {"add", "."});
  git(repo.path(), {"commit", "-qm", "one"});
  repo.write("d7/sub/f7", "changed");
  git(repo.path(), {"add", "d7/sub/f7"});
  Tally tally;
  std::size_t trees = 0;
  const RepositoryPaths repository = find_repository(repo.path()).value();
  CHECK(staged(repository, tally, &trees).size() == 1);
  CHECK(trees == 3);  // the root, d7, d7/sub

  // A new index has no cache tree: then directories that differ cannot be told from the others.
  git(repo.path(), {"update-index", "--force-remove", "d7/sub/f7"});
  fs::remove(repo.path() / ".git/index");
  git(repo.path(), {"add", "."});
  trees = 0;
  CHECK(staged(repository, tally, &trees).size() == 1);
  CHECK(trees == 41);
}

TEST_CASE("intent to add, conflicts and submodules are told apart", "[index]") {
  const TempDir repo;
  git(repo.path(), {"init", "-q"});
  repo.write("both", "base");
  git(repo.path(), {"add", "."});
  git(repo.path(), {"commit", "-qm", "base"});
  git(repo.path(), {"checkout", "-qb", "side"});
  repo.write("both", "side");
  git(repo.path(), {"commit", "-qam", "side"}, 1);
  git(repo.path(), {"checkout", "-q", "main"});
  repo.write("both", "main");
  repo.write("fine", "x");
  git(repo.path(), {"add", "."});
  git(repo.path(), {"commit", "-qm", "main"}, 2);
  CHECK_THROWS(git(repo.path(), {"merge", "-q", "side"}));
  repo.write("later", "not yet");
  git(repo.path(), {"add", "-N", "later"});
  std::string head = git(repo.path(), {"rev-parse", "HEAD"});
  head.pop_back();
  git(repo.path(), {"update-index", "--add", "--cacheinfo", "160000," + head + ",module"});
  repo.write("new", "n");
  git(repo.path(), {"add", "new"});

  Tally tally;
  const auto files = staged(find_repository(repo.path()).value(), tally);
  REQUIRE(files.size() == 1);
  CHECK(files.begin()->starts_with("new "));
  REQUIRE(tally.skipped().size() == 2);
  CHECK(tally.skipped()[0] == Skipped{"both", "merge conflict in the index", true});
  CHECK(tally.skipped()[1] == Skipped{"module", "submodule, not descended", false});
}

TEST_CASE("a sparse index shows what has changed outside of the check-out", "[index]") {
  const TempDir repo;
  git(repo.path(), {"init", "-q"});
  for (const char* path : {"in/a", "out/one/b", "out/two/c", "top"}) repo.write(path, path);
  git(repo.path(), {"add", "."});
  git(repo.path(), {"commit", "-qm", "one"});
  git(repo.path(), {"sparse-checkout", "init", "--cone", "--sparse-index"});
  git(repo.path(), {"sparse-checkout", "set", "in"});
  REQUIRE(git(repo.path(), {"ls-files", "--sparse"}).find("out/\n") != std::string::npos);
  CHECK(staged(repo.path()).empty());

  repo.write("in/a", "changed");
  git(repo.path(), {"add", "in/a"});
  CHECK(staged(repo.path()) == staged_by_git(repo.path()));

  // A reset that leaves the index: HEAD goes back, the collapsed directory is of a later commit.
  git(repo.path(), {"commit", "-qm", "two"}, 1);
  git(repo.path(), {"sparse-checkout", "disable"});
  repo.write("out/two/c", "later");
  git(repo.path(), {"commit", "-qam", "three"}, 2);
  git(repo.path(), {"sparse-checkout", "set", "--cone", "--sparse-index", "in"});
  git(repo.path(), {"reset", "-q", "--soft", "HEAD~1"}, 3);
  REQUIRE(git(repo.path(), {"ls-files", "--sparse"}).find("out/\n") != std::string::npos);
  CHECK(staged(repo.path()).size() == 1);
  CHECK(staged(repo.path()) == staged_by_git(repo.path()));
}

TEST_CASE("a damaged index is an error or another index, never a crash", "[index]") {
  struct Row {
    const char* name;
    std::vector<std::vector<std::string>> config;
  };
  const Row rows[] = {
      {"version 2", {{"index.version", "2"}}},
      {"version 4", {{"index.version", "4"}}},
      {"split", {{"core.splitIndex", "true"}, {"splitIndex.maxPercentChange", "100"}}},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      const TempDir repo;
      git(repo.path(), {"init", "-q"});
      for (const auto& setting : row.config) git(repo.path(), {"config", setting[0], setting[1]});
      for (const char* path : {"a", "b/c", "b/d/e", "b/d/f"}) repo.write(path, path);
      git(repo.path(), {"add", "."});
      git(repo.path(), {"commit", "-qm", "one"});
      repo.write("b/d/f", "changed");
      repo.write("b/d/g", "new");
      git(repo.path(), {"rm", "-q", "--cached", "a"});
      git(repo.path(), {"add", "b"});
      RepositoryPaths repository = find_repository(repo.path()).value();
      std::string bytes = slurp(repository.index);
      Tally tally;
      const ObjectStore store(repository.objects, 20, tally);
      const std::string tree = unhex(store.read(read_ref(repository, "HEAD").value())->bytes.substr(5, 40));
      const auto look = [&](const std::string& damaged) {
        repository.index = repo.write(".git/damaged", damaged);
        const Result<IndexFile> index = IndexFile::open(repository.index, repository.git_dir, 20);
        if (!index) return false;
        Tally ignored;
        const auto read = [&](std::string_view id) -> Result<std::string> {
          return store.read(id).map([](Object object) { return object.bytes; });
        };
        staged_files(*index, tree, read, ignored);
        return true;
      };
      REQUIRE(look(bytes));
      std::size_t read = 0;
      for (std::size_t size = 0; size < bytes.size(); ++size) read += look(bytes.substr(0, size)) ? 1 : 0;
      CHECK(read == 0);
      std::string flipped = bytes;
      flipped[bytes.size() / 2] = static_cast<char>(flipped[bytes.size() / 2] ^ 1);
      CHECK_FALSE(look(flipped));

      // Without a checksum, whatever the bytes say must be survived.
      std::fill(bytes.end() - 20, bytes.end(), '\0');
      REQUIRE(look(bytes));
      for (std::size_t size = 0; size < bytes.size() - 20; ++size) look(bytes.substr(0, size) + std::string(20, '\0'));
      for (std::size_t at = 0; at < bytes.size(); ++at)
        for (const int flip : {0x01, 0x80, 0xff}) {
          std::string damaged = bytes;
          damaged[at] = static_cast<char>(damaged[at] ^ flip);
          look(damaged);
        }
    }
}

TEST_CASE("an index that we cannot read is refused by name", "[index]") {
  using namespace std::string_literals;
  const TempDir dir;
  const auto open = [&](const std::string& bytes) {
    return IndexFile::open(dir.write("index", bytes), dir.path(), 20);
  };
  const std::string empty = "DIRC\0\0\0\2\0\0\0\0"s;
  const std::string checksum(20, '\0');
  REQUIRE(open(empty + checksum).has_value());
  CHECK(open(empty + checksum)->entries().empty());
  CHECK(IndexFile::open(dir.path() / "none", dir.path(), 20)->entries().empty());
  struct Row {
    const char* name;
    std::string bytes;
    const char* message;
  };
  const Row rows[] = {
      {"no bytes", "", "not an index, or truncated"},
      {"another file", std::string(200, 'x'), "not an index, or truncated"},
      {"a version of the future", "DIRC\0\0\0\5\0\0\0\0"s + checksum, "unknown index version"},
      {"more entries than bytes", "DIRC\0\0\0\2\xff\xff\xff\xff"s + checksum, "the index is truncated"},
      {"an extension one must know", empty + "xyzt\0\0\0\0"s + checksum,
       "the index has an extension that only a newer git can read"},
      {"an extension that is cut off", empty + "TREE\0\0\1\0ab"s + checksum, "an extension of the index is truncated"},
      {"a shared index that is not there", empty + "link\0\0\0\x14"s + std::string(20, 'a') + checksum,
       "the shared part of a split index: No such file or directory"},
      {"no bitmaps behind the link", empty + "link\0\0\0\3abc"s + checksum, "the link of a split index is damaged"},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      const Result<IndexFile> index = open(row.bytes);
      REQUIRE_FALSE(index.has_value());
      CHECK(index.error().message == row.message);
    }
  CHECK(open(empty + "XYZT\0\0\0\0"s + checksum).has_value());
}

TEST_CASE("entries out of order are named, and all of them are new", "[index]") {
  const TempDir repo;
  git(repo.path(), {"init", "-q"});
  for (const char* path : {"a", "b", "c"}) repo.write(path, path);
  git(repo.path(), {"add", "."});
  git(repo.path(), {"commit", "-qm", "one"});
  RepositoryPaths repository = find_repository(repo.path()).value();
  std::string bytes = slurp(repository.index);
  constexpr std::size_t kEntry = 64;  // of a one letter path
  std::swap_ranges(bytes.begin() + 12, bytes.begin() + 12 + kEntry, bytes.begin() + 12 + 2 * kEntry);
  bytes.replace(bytes.find("TREE"), 4, "XREE");
  std::fill(bytes.end() - 20, bytes.end(), '\0');
  repository.index = repo.write(".git/other", bytes);
  Tally tally;
  CHECK(staged(repository, tally).size() == 2);  // only "c", which now stands first, is as in HEAD
  REQUIRE(tally.skipped().size() == 1);
  CHECK(tally.incomplete());
}

TEST_CASE("a git configuration is read as git reads it", "[index]") {
  const std::string text =
      "# a comment\n[core]\n\tbare = false ; another\n\tworktree = \"../with \\\"quotes\\\" # here\" \n"
      "[Remote \"Origin\"]\n\tURL = one \\\n  two\n\tpromisor\n[a.b] c=d\n";
  std::map<std::string, std::string> found;
  const Result<void> read =
      for_each_setting(text, [&](const std::string& name, const std::string& value) { found[name] = value; });
  CHECK(read.has_value());
  CHECK(found == std::map<std::string, std::string>{{"core.bare", "false"},
                                                    {"core.worktree", "../with \"quotes\" # here"},
                                                    {"remote.Origin.url", "one   two"},
                                                    {"remote.Origin.promisor", "true"},
                                                    {"a.b.c", "d"}});
  const TempDir repo;
  git(repo.path(), {"init", "-q"});
  repo.write(".git/config", text);
  for (const auto& [name, value] : found)
    if (name != "core.bare" && name != "remote.Origin.promisor")
      CHECK(git(repo.path(), {"config", "-f", ".git/config", name}) == value + "\n");
  for (const char* bad : {"[core", "name = no section", "[core]\nx = \"open\n", "[core]\nx = \\q\n", "[core]\n=\n"}) {
    INFO(bad);
    CHECK_FALSE(for_each_setting(bad, [](const std::string&, const std::string&) {}).has_value());
  }
}
