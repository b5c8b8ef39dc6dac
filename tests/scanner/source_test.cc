#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <map>
#include <mutex>
#include <set>

#include "scanner/base/hash.h"
#include "scanner/match/decode/utf.h"
#include "scanner/source/file.h"
#include "scanner/source/git/attribution.h"
#include "scanner/source/git/history.h"
#include "scanner/source/git/index_source.h"
#include "scanner/source/git/repository.h"
#include "scanner/source/input.h"
#include "scanner/source/tree.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

using namespace overreach;
using overreach::testing::git;
using overreach::testing::TempDir;

namespace {

/// path (or blob id) -> bytes of everything a source pushes.
std::map<std::string, std::string> read_all(Source& source, Tally& tally, unsigned workers = 2) {
  std::map<std::string, std::string> out;
  std::mutex mutex;
  source.read(
      [&](const Blob& blob, unsigned) {
        const std::scoped_lock lock(mutex);
        for (const Origin& origin : blob.origins)
          out[origin.path.empty() ? hex(blob.id) : origin.path] = std::string(blob.bytes);
      },
      workers, tally);
  return out;
}

std::set<std::string> values(const std::map<std::string, std::string>& map) {
  std::set<std::string> out;
  for (const auto& [key, value] : map) out.insert(value);
  return out;
}

std::string blob_id(const TempDir& repo, const std::string& revision_path) {
  std::string id = git(repo.path(), {"rev-parse", revision_path});
  id.pop_back();
  return id;
}

}  // namespace

TEST_CASE("staged content is read from the index, not from the work tree", "[source]") {
  const TempDir repo;
  git(repo.path(), {"init", "-q"});
  repo.write("kept", "old");
  repo.write("gone", "gone");
  git(repo.path(), {"add", "."});
  SECTION("before the first commit everything staged counts") {
    IndexSource source(*find_repository(repo.path()));
    Tally tally;
    CHECK(values(read_all(source, tally)) == std::set<std::string>{"gone", "old"});
  }
  SECTION("afterwards only what changed") {
    git(repo.path(), {"commit", "-qm", "one"});
    repo.write("kept", "staged");
    git(repo.path(), {"add", "."});
    repo.write("kept", "not staged");
    git(repo.path(), {"rm", "-q", "--cached", "gone"});
    IndexSource source(*find_repository(repo.path()));
    Tally tally;
    CHECK(read_all(source, tally) == std::map<std::string, std::string>{{"kept", "staged"}});
    CHECK(tally.files == 1);
  }
  SECTION("GIT_INDEX_FILE decides which index, as in commit -a") {
    git(repo.path(), {"commit", "-qm", "one"});
    repo.write("kept", "in the other index");
    std::filesystem::copy_file(repo.path() / ".git/index", repo.path() / ".git/other");
    overreach::testing::run_process({"git", "add", "kept"}, repo.path(), "",
                                    {"GIT_INDEX_FILE=" + (repo.path() / ".git/other").string()});
    setenv("GIT_INDEX_FILE", (repo.path() / ".git/other").c_str(), 1);
    IndexSource source(*find_repository(repo.path()));
    Tally tally;
    const auto files = read_all(source, tally);
    unsetenv("GIT_INDEX_FILE");
    CHECK(files == std::map<std::string, std::string>{{"kept", "in the other index"}});
  }
  SECTION("a linked work tree has an index of its own") {
    git(repo.path(), {"commit", "-qm", "one"});
    const TempDir other;
    git(repo.path(), {"worktree", "add", "-q", (other.path() / "w").string(), "-b", "side"});
    other.write("w/new", "n");
    git(other.path() / "w", {"add", "new"});
    IndexSource source(*find_repository(other.path() / "w"));
    Tally tally;
    CHECK(read_all(source, tally) == std::map<std::string, std::string>{{"new", "n"}});
  }
}

TEST_CASE("history is every object once, with the commit that brought it", "[source]") {
  const TempDir repo;
  git(repo.path(), {"init", "-q"});
  const auto commit = [&](const std::string& message, int day) {
    git(repo.path(), {"add", "-A"});
    git(repo.path(), {"commit", "-qm", message}, day);
    return blob_id(repo, "HEAD");
  };
  repo.write("a", "one");
  const std::string first = commit("1", 0);
  repo.write("copy/a", "one");  // the same blob at a second path
  repo.write("b", "removed later");
  const std::string second = commit("2", 1);
  std::filesystem::remove(repo.path() / "b");
  commit("3", 2);
  git(repo.path(), {"checkout", "-q", "-b", "side"});
  repo.write("s", "stashed");
  git(repo.path(), {"add", "-A"});
  git(repo.path(), {"stash", "-q"}, 3);
  repo.write("loose", "never committed");
  const std::string loose = [&] {
    std::string id = git(repo.path(), {"hash-object", "-w", "loose"});
    id.pop_back();
    return id;
  }();
  std::filesystem::remove(repo.path() / "loose");

  const bool packed = GENERATE(false, true);
  if (packed) git(repo.path(), {"repack", "-qad"});

  HistorySource source(repo.path());
  Tally tally;
  const auto blobs = read_all(source, tally);
  CHECK(values(blobs) == std::set<std::string>{"one", "removed later", "stashed", "never committed"});
  CHECK(tally.blobs == 4);

  const std::string one = blob_id(repo, first + ":a");
  const std::string removed = blob_id(repo, second + ":b");
  const auto origins = source.origins_of({one, removed, loose}, 2, tally);
  REQUIRE(origins.at(one).size() == 2);
  const auto place = [](const Origin& origin) { return std::tuple(origin.path, origin.commit, origin.in_head); };
  CHECK(place(origins.at(one)[0]) == std::tuple("a", first, true));
  CHECK(place(origins.at(one)[1]) == std::tuple("copy/a", second, true));
  REQUIRE(origins.at(removed).size() == 1);
  CHECK(place(origins.at(removed)[0]) == std::tuple("b", second, false));
  CHECK(origins.at(loose)[0].commit.empty());
  CHECK(origins.at(loose)[0].path.starts_with(".git/objects/"));
}

TEST_CASE("a corrupt object is named and the rest is read", "[source]") {
  const TempDir repo;
  git(repo.path(), {"init", "-q"});
  repo.write("a", "good");
  repo.write("b", "to be broken");
  git(repo.path(), {"add", "-A"});
  git(repo.path(), {"commit", "-qm", "1"});
  const std::string id = blob_id(repo, "HEAD:b");
  const auto object = repo.path() / ".git/objects" / id.substr(0, 2) / id.substr(2);
  std::filesystem::permissions(object, std::filesystem::perms::owner_all);
  std::ofstream(object, std::ios::binary | std::ios::trunc) << "garbage";
  HistorySource source(repo.path());
  Tally tally;
  CHECK(values(read_all(source, tally)) == std::set<std::string>{"good"});
  REQUIRE(tally.skipped().size() == 1);
  CHECK(tally.skipped()[0].path == id);
  CHECK(tally.incomplete());
}

TEST_CASE("UTF-16 becomes UTF-8 and nothing else is touched", "[source]") {
  const auto utf16 = [](std::u16string_view text, bool little) {
    std::string out = little ? "\xff\xfe" : "\xfe\xff";
    for (const char16_t c : text) {
      const char low = static_cast<char>(c & 0xff);
      const char high = static_cast<char>(c >> 8);
      out += little ? low : high;
      out += little ? high : low;
    }
    return out;
  };
  CHECK(wide_to_utf8(utf16(u"tökén 🔑", true)) == "tökén 🔑");
  CHECK(wide_to_utf8(utf16(u"tökén 🔑", false)) == "tökén 🔑");
  CHECK(wide_to_utf8(utf16(std::u16string_view(u"\xd800!", 2), true)) == "\xef\xbf\xbd!");
  CHECK(wide_to_utf8("plain") == std::nullopt);
  CHECK(is_binary(std::string("a\0b", 3)));
  CHECK_FALSE(is_binary("text"));
}

TEST_CASE("a remote's user name and password never reach a report", "[source]") {
  const TempDir repo;
  git(repo.path(), {"init", "-q"});
  git(repo.path(), {"remote", "add", "origin", "https://user:secret-part@git.example.com/o/r.git?x=1"});
  CHECK(facts_of(find_repository(repo.path()).value()).url == "https://git.example.com/o/r.git");
}
