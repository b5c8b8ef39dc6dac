// What a range of commits means, and what it brings.
#include <catch2/catch.hpp>
#include <iterator>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <sstream>

#include "scanner/base/hash.h"
#include "scanner/source/git/object.h"
#include "scanner/source/git/range_source.h"
#include "scanner/source/git/revision.h"
#include "scanner/source/git/since.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

using namespace overreach;
using overreach::testing::git;
using overreach::testing::TempDir;

namespace fs = std::filesystem;

namespace {

using Contents = std::set<std::string>;

/// A repository with commits, one a day.
class History {
 public:
  explicit History(const std::vector<std::string>& init = {}) {
    std::vector<std::string> arguments = {"init", "-q"};
    arguments.insert(arguments.end(), init.begin(), init.end());
    git(dir_.path(), arguments);
  }
  fs::path root() const { return dir_.path(); }
  void write(const std::string& path, const std::string& content) { dir_.write(path, content); }
  std::string run(const std::vector<std::string>& arguments) {
    std::string out = git(dir_.path(), arguments, day_);
    if (!out.empty() && out.back() == '\n') out.pop_back();
    return out;
  }
  /// Commits the whole work tree; its id.
  std::string commit(const std::string& message) {
    ++day_;
    run({"add", "-A"});
    run({"commit", "-qm", message, "--allow-empty"});
    return run({"rev-parse", "HEAD"});
  }
  std::string commit(const std::string& path, const std::string& content) {
    write(path, content);
    return commit("write " + path);
  }
  void set_day(int day) { day_ = day; }

 private:
  TempDir dir_;
  int day_ = 0;
};

struct Scan {
  Contents contents;
  std::map<std::string, std::vector<Origin>> origins;  // by content
  std::vector<Skipped> skipped;
  std::vector<std::string> notices;
  std::uint64_t commits = 0;
  bool incomplete = false;
};

Scan scan(const fs::path& repository, const RangeRequest& request, unsigned workers = 2) {
  Scan out;
  RangeSource source(find_repository(repository).value(), request);
  Tally tally;
  std::mutex mutex;
  source.read(
      [&](const Blob& blob, unsigned) {
        const std::scoped_lock lock(mutex);
        CHECK(out.contents.insert(std::string(blob.bytes)).second);
        out.origins[std::string(blob.bytes)] = {blob.origins.begin(), blob.origins.end()};
      },
      workers, tally);
  out.skipped = tally.skipped();
  out.notices = source.notices();
  out.commits = tally.commits;
  out.incomplete = tally.incomplete();
  return out;
}

Contents contents(const fs::path& repository, const std::string& range) {
  const Scan found = scan(repository, {.range = range});
  CHECK_FALSE(found.incomplete);
  return found.contents;
}

const std::string kNone(40, '0');

}  // namespace

TEST_CASE("a range shows what was added, also what was removed again inside it", "[range]") {
  for (const char* format : {"sha1", "sha256"}) DYNAMIC_SECTION(format) {
      History repo({std::string("--object-format=") + format});
      const std::string base = repo.commit("base", "base");
      repo.run({"branch", "start"});
      repo.run({"tag", "-a", "-m", "annotated", "v1"});
      const std::string leak = repo.commit("leak", "short-lived");
      fs::remove(repo.root() / "leak");
      const std::string last = repo.commit("dir/feature", "feature");

      const Contents both = {"short-lived", "feature"};
      for (const std::string& range : std::vector<std::string>{
               "start..main", "start...HEAD", "start", "start..", "v1..@", "v1^{commit}..main", "HEAD~2..HEAD",
               "refs/heads/start..refs/heads/main", "heads/start..main^0", base + ".." + last, "main~1^..HEAD"}) {
        INFO(range);
        CHECK(contents(repo.root(), range) == both);
      }
      CHECK(contents(repo.root(), "HEAD~1..HEAD") == Contents{"feature"});
      CHECK(contents(repo.root(), base + ".." + leak) == Contents{"short-lived"});
      CHECK(contents(repo.root(), "main..start").empty());
      // From a commit to itself: that commit.
      CHECK(contents(repo.root(), "HEAD..HEAD") == Contents{"feature"});
      CHECK(contents(repo.root(), "v1...start") == Contents{"base"});
      CHECK(contents(repo.root(), leak + ".." + leak) == Contents{"short-lived"});

      const Scan found = scan(repo.root(), {.range = "start..main"});
      CHECK(found.commits == 2);
      REQUIRE(found.origins.at("short-lived").size() == 1);
      CHECK(found.origins.at("short-lived")[0].path == "leak");
      CHECK(found.origins.at("short-lived")[0].commit == leak);
      CHECK_FALSE(found.origins.at("short-lived")[0].in_head);
      CHECK(found.origins.at("feature")[0].in_head);
      CHECK_THROWS_WITH(scan(repo.root(), {.range = "nowhere..HEAD"}), Catch::Contains("'nowhere'"));
      CHECK_THROWS_WITH(scan(repo.root(), {.range = "HEAD~7..HEAD"}), Catch::Contains("'HEAD~7'"));
    }
}

TEST_CASE("a short id and an upstream are names of commits too", "[range]") {
  History repo;
  const std::string one = repo.commit("a", "one");
  repo.commit("a", "two");
  CHECK(contents(repo.root(), one.substr(0, 10) + "..HEAD") == Contents{"two"});
  repo.run({"branch", "old", one});
  repo.run({"branch", "--set-upstream-to=old"});
  CHECK(contents(repo.root(), "@{upstream}..HEAD") == Contents{"two"});
}

TEST_CASE("a merge brings what none of its parents has", "[range]") {
  History repo;
  repo.commit("a", "base");
  repo.run({"checkout", "-qb", "side"});
  repo.commit("b", "from side");
  repo.run({"checkout", "-q", "main"});
  const std::string before = repo.commit("c", "from main");
  repo.run({"merge", "-q", "--no-commit", "--no-ff", "side"});
  repo.write("b", "changed in the merge");
  repo.write("d", "only in the merge");
  repo.commit("evil merge");
  CHECK(contents(repo.root(), "HEAD^1..HEAD") == Contents{"from side", "changed in the merge", "only in the merge"});
  CHECK(contents(repo.root(), "HEAD^2..HEAD") == Contents{"from main", "changed in the merge", "only in the merge"});
  CHECK(contents(repo.root(), "HEAD..HEAD") == Contents{"changed in the merge", "only in the merge"});
  CHECK(contents(repo.root(), "side...main") == Contents{"from main", "changed in the merge", "only in the merge"});
}

TEST_CASE("a root commit brings everything, also a second one", "[range]") {
  History repo;
  const std::string root = repo.commit("a", "one");
  CHECK(contents(repo.root(), root + ".." + root) == Contents{"one"});
  repo.run({"checkout", "-q", "--orphan", "other"});
  repo.run({"rm", "-rfq", "."});
  repo.commit("z", "unrelated");
  CHECK(contents(repo.root(), "main..other") == Contents{"unrelated"});
  CHECK(contents(repo.root(), "main...other") == Contents{"unrelated"});
}

TEST_CASE("since tells how young a commit must be", "[range]") {
  History repo;
  repo.commit("a", "first");   // 2026-01-02
  repo.commit("a", "second");  // 2026-01-03
  // Its date lies before that of its parent, as after a wrong clock; what comes after is found all the same.
  repo.set_day(-400);
  repo.commit("a", "odd");
  repo.set_day(9);
  repo.commit("a", "last");  // 2026-01-11
  const auto since = [&](const std::string& date, const std::string& range) {
    return scan(repo.root(), {.range = range, .since = date}).contents;
  };
  CHECK(since("2026-01-02T12:00", "") == Contents{"second", "last"});
  CHECK(since("2026-01-05", "") == Contents{"last"});
  CHECK(since("2026-01-02T12:00", "HEAD~1") == Contents{"last"});
  CHECK(since("2020-01-01", "HEAD~3..HEAD~1") == Contents{"second", "odd"});
  CHECK(since("2027-01-01", "").empty());
  CHECK_THROWS_WITH(since("soon", ""), Catch::Contains("--since takes a date"));
}

TEST_CASE("dates and ages are read", "[range]") {
  constexpr std::int64_t kNow = 1'767'225'600;  // 2026-01-01
  constexpr std::int64_t kDay = 86'400;
  struct Row {
    const char* text;
    std::int64_t time;
  };
  const Row rows[] = {
      {"2026-01-01", kNow},
      {"2024-03-01", 1'709'251'200},
      {"2024-02-29T23:59:59Z", 1'709'251'199},
      {"2026-01-01T02:30+02:30", kNow},
      {"2025-12-31 19:00:00-0500", kNow},
      {"1970-01-01", 0},
      {"@1767225600", kNow},
      {"30d", kNow - 30 * kDay},
      {"2.weeks", kNow - 14 * kDay},
      {"2 weeks ago", kNow - 14 * kDay},
      {"1.year.ago", kNow - 365 * kDay},
      {"90min", kNow - 5400},
      {"12h", kNow - kDay / 2},
      {"0d", kNow},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    CHECK(parse_since(row.text, kNow) == row.time);
  }
  for (const char* text : {"", "yesterday", "30", "30m", "-3d", "2026-13-01", "2026-01-32", "2026-01-01T25:00",
                           "2026-01-01x", "99999999999999999999d", "@", "@x", "2026"}) {
    INFO(text);
    CHECK_FALSE(parse_since(text, kNow).has_value());
  }
}

TEST_CASE("the first push of a branch is what no remote has", "[range]") {
  History repo;
  const std::string shared = repo.commit("a", "shared");
  repo.commit("b", "new one");
  const std::string last = repo.commit("c", "new two");
  SECTION("with no remote it is everything") {
    CHECK(contents(repo.root(), kNone + "..HEAD") == Contents{"shared", "new one", "new two"});
  }
  SECTION("with a remote it is the rest, whether the push has been made or not") {
    repo.run({"update-ref", "refs/remotes/origin/main", shared});
    CHECK(contents(repo.root(), kNone + ".." + last) == Contents{"new one", "new two"});
    repo.run({"update-ref", "refs/remotes/origin/topic", last});
    CHECK(contents(repo.root(), kNone + ".." + last) == Contents{"new one", "new two"});
  }
  SECTION("a deleted branch brings nothing") {
    const Scan found = scan(repo.root(), {.range = last + ".." + kNone});
    CHECK(found.contents.empty());
    CHECK(found.notices.size() == 1);
  }
  SECTION("the old commit of a forced push that is gone is an error with a way out") {
    CHECK_THROWS_WITH(scan(repo.root(), {.range = std::string(40, 'a') + "..HEAD"}),
                      Catch::Contains("forced push") && Catch::Contains(kNone + "..HEAD"));
  }
}

TEST_CASE("what git tells a pre-push hook is understood", "[range]") {
  History repo;
  const std::string shared = repo.commit("a", "shared");
  const std::string one = repo.commit("b", "one");
  repo.run({"checkout", "-qb", "topic", shared});
  const std::string two = repo.commit("c", "two");
  repo.run({"update-ref", "refs/remotes/origin/main", shared});
  repo.run({"update-ref", "refs/remotes/private/main", one});
  const auto push = [&](const std::string& lines, const std::string& remote) {
    return scan(repo.root(), {.pushed = lines, .remote = remote});
  };
  const std::string main = "refs/heads/main " + one + " refs/heads/main ";
  const std::string topic = "refs/heads/topic " + two + " refs/heads/topic ";
  CHECK(push(main + shared + "\n", "origin").contents == Contents{"one"});
  CHECK(push(main + kNone + "\n", "origin").contents == Contents{"one"});
  CHECK(push(main + kNone + "\n" + topic + kNone + "\n", "origin").contents == Contents{"one", "two"});
  // What one remote has is new to another one.
  CHECK(push(main + kNone + "\n", "private").contents.empty());
  CHECK(push(main + kNone + "\n", "https://example.com/other.git").contents == Contents{"shared", "one"});
  CHECK(push(main + kNone + "\n", "").contents.empty());
  CHECK(push("(delete) " + kNone + " refs/heads/main " + one + "\n", "origin").contents.empty());
  CHECK(push("", "origin").contents.empty());
  const Scan forced = push(topic + std::string(40, 'a') + "\n", "origin");
  CHECK(forced.contents == Contents{"two"});
  REQUIRE(forced.notices.size() == 1);
  CHECK_THAT(forced.notices[0], Catch::Contains("refs/heads/topic is at a commit that is not here"));
  CHECK_THROWS_WITH(push("refs/heads/main\n", ""), Catch::Contains("--pre-push reads"));
}

TEST_CASE("a shallow clone ends somewhere, and says so only when it matters", "[range]") {
  History repo;
  repo.commit("a", "one");
  repo.commit("a", "two");
  repo.commit("a", "three");
  repo.commit("b", "four");
  const TempDir dir;
  git(dir.path(), {"clone", "-q", "--depth", "2", "file://" + repo.root().string(), "shallow"});
  const fs::path shallow = dir.path() / "shallow";
  CHECK(contents(shallow, "HEAD~1..HEAD") == Contents{"four"});
  const Scan all = scan(shallow, {.since = "2020-01-01"});
  CHECK(all.contents == Contents{"three", "four"});
  CHECK(all.incomplete);
  REQUIRE(all.skipped.size() == 1);
  CHECK_THAT(all.skipped[0].reason, Catch::Contains("git fetch --unshallow"));
  CHECK_THROWS_WITH(scan(shallow, {.range = "HEAD~2..HEAD"}), Catch::Contains("git fetch --unshallow"));
}

TEST_CASE("submodules of a range are named, pointers too", "[range]") {
  History repo;
  const std::string first = repo.commit("a", "one");
  repo.run({"update-index", "--add", "--cacheinfo", "160000," + first + ",lib"});
  repo.write("big", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");
  repo.run({"add", "big"});
  repo.run({"commit", "-qm", "two"});
  const Scan found = scan(repo.root(), {.range = "HEAD~1"});
  CHECK(found.contents.size() == 1);
  CHECK_FALSE(found.incomplete);
  REQUIRE(found.skipped.size() == 2);
  CHECK(found.skipped[0] == Skipped{"big", "LFS pointer: content is not in the repository", false});
  CHECK(found.skipped[1] == Skipped{"lib", "submodule, not descended", false});
}

TEST_CASE("what is missing or damaged is named, and the rest is read", "[range]") {
  History repo;
  repo.commit("a", "one");
  repo.write("b", "two");
  repo.commit("c/d", "three");
  const auto remove = [&](const std::string& name) {
    const std::string id = repo.run({"rev-parse", name});
    const fs::path file = repo.root() / ".git/objects" / id.substr(0, 2) / id.substr(2);
    fs::permissions(file, fs::perms::owner_all);
    fs::remove(file);
  };
  SECTION("a blob") {
    remove("HEAD:b");
    const Scan found = scan(repo.root(), {.range = "HEAD~1"});
    CHECK(found.contents == Contents{"three"});
    CHECK(found.incomplete);
    REQUIRE(found.skipped.size() == 1);
    CHECK(found.skipped[0].path == "b");
  }
  SECTION("a directory") {
    remove("HEAD:c");
    const Scan found = scan(repo.root(), {.range = "HEAD~1"});
    CHECK(found.contents == Contents{"two"});
    REQUIRE(found.skipped.size() == 1);
    CHECK(found.skipped[0].path == repo.run({"rev-parse", "HEAD"}) + ":c/");
    CHECK(found.incomplete);
  }
  SECTION("a commit") {
    const std::string parent = repo.run({"rev-parse", "HEAD~1"});
    remove("HEAD~1");
    const Scan found = scan(repo.root(), {.since = "2020-01-01"});
    CHECK(found.contents == Contents{"one", "two", "three"});  // without its parent all of HEAD is new
    CHECK(found.incomplete);
    REQUIRE(found.skipped.size() == 1);
    CHECK(found.skipped[0].path == parent);
  }
}

TEST_CASE("many blobs come along their deltas, each with its own places", "[range]") {
  History repo;
  std::string text;
  for (int i = 0; i < 40; ++i) text += "a line that all versions share, number " + std::to_string(i) + "\n";
  for (int i = 0; i < 1200; ++i) repo.write("old/" + std::to_string(i), text + "before " + std::to_string(i));
  repo.commit("base");
  Contents expected;
  for (int i = 0; i < 1200; ++i) {
    expected.insert(text + "after " + std::to_string(i));
    repo.write("new/" + std::to_string(i), text + "after " + std::to_string(i));
  }
  repo.commit("change");
  repo.run({"repack", "-adq"});
  // Not all of it is in the pack.
  expected.insert("loose");
  repo.commit("loose", "loose");
  const std::string loose = repo.run({"rev-parse", "HEAD:loose"});
  const fs::path file = repo.root() / ".git/objects" / loose.substr(0, 2) / loose.substr(2);
  SECTION("all are there") {
    const Scan found = scan(repo.root(), {.range = "HEAD~2"});
    CHECK(found.contents == expected);
    CHECK_FALSE(found.incomplete);
    CHECK(found.origins.at(text + "after 7")[0].path == "new/7");
    CHECK(found.origins.at(text + "after 7")[0].source == Origin::Source::commit);
  }
  SECTION("one is missing") {
    fs::permissions(file, fs::perms::owner_all);
    fs::remove(file);
    expected.erase("loose");
    const Scan found = scan(repo.root(), {.range = "HEAD~2"});
    CHECK(found.contents == expected);
    REQUIRE(found.skipped.size() == 1);
    CHECK(found.skipped[0].path == "loose");
    CHECK(found.incomplete);
  }
}

TEST_CASE("ranges of tangled histories are what git says they are", "[range]") {
  for (unsigned seed = 0; seed < 6; ++seed) DYNAMIC_SECTION("seed " << seed) {
      std::mt19937 random(seed);
      History repo;
      std::vector<std::string> all = {repo.commit("f0", "0")};
      for (int i = 1; i < 40; ++i) {
        repo.run({"checkout", "-q", all[random() % all.size()]});
        repo.set_day(static_cast<int>(random() % 60));  // dates are in no order
        if (random() % 3 == 0) {
          try {
            repo.run({"merge", "-q", "--no-ff", "-m", "merge", "-X", "ours", all[random() % all.size()]});
          } catch (const std::runtime_error&) {
            repo.run({"reset", "-q", "--hard"});
          }
        }
        for (auto k = random() % 3; k > 0; --k)
          repo.write("d" + std::to_string(random() % 3) + "/f" + std::to_string(random() % 5),
                     std::to_string(random() % 12));
        all.push_back(repo.commit("commit " + std::to_string(i)));
      }
      repo.run({"repack", "-adq"});
      for (int i = 0; i < 12; ++i) {
        const std::string from = all[random() % all.size()];
        const std::string to = all[random() % all.size()];
        if (from == to) continue;
        INFO(from << ".." << to);
        std::set<std::string> commits, blobs;
        std::istringstream lines(repo.run({"rev-list", from + ".." + to}));
        for (std::string line; std::getline(lines, line);) commits.insert(line);
        // For merges -c shows what differs from all parents, as here.
        std::istringstream log(repo.run({"log", "--raw", "-c", "-r", "-t", "--root", "--no-abbrev", "--no-renames",
                                         "--format=", from + ".." + to}));
        for (std::string line; std::getline(log, line);) {
          std::istringstream fields(line.substr(0, line.find('\t')));
          std::vector<std::string> words{std::istream_iterator<std::string>(fields), {}};
          const std::size_t parents = words.empty() ? 0 : words[0].find_first_not_of(':');
          if (words.size() < 2 * parents + 3 || words[parents] != "100644") continue;
          blobs.insert(words[2 * parents + 1]);
        }
        const Scan found = scan(repo.root(), {.range = from + ".." + to});
        CHECK(found.commits == commits.size());
        Contents ids;
        for (const std::string& content : found.contents) ids.insert(hex(object_id(ObjectType::blob, content, 20)));
        CHECK(ids == blobs);
      }
    }
}
