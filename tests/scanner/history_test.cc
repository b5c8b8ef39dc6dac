// Histories as they are found in the world: other hash functions, parts that are missing, what holds on to an object;
// and the cache. Through the program, as a user runs it.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "rules/catalog/catalog.h"
#include "rules/catalog/sample.h"
#include "tests/support/leaks.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

using namespace overreach;
using overreach::testing::git;
using overreach::testing::Outcome;
using overreach::testing::run_process;
using overreach::testing::TempDir;
using Json = nlohmann::json;

namespace {

/// A line that a rule without a checksum finds, with a value of its own for each seed.
std::string line_with_token(std::uint64_t seed) {
  static const Catalog catalog;
  for (std::uint32_t i = 0; i < catalog.patterns().size(); ++i)
    if (catalog.patterns()[i].id == "digitalocean/personal-token")
      return "DIGITALOCEAN_TOKEN=" + generate(catalog.rule(i), seed).secret + "\n";
  throw std::runtime_error("the rule is gone");
}

std::string secret_of(const std::string& line) {
  return line.substr(line.find('=') + 1, line.size() - line.find('=') - 2);
}

std::string commit(const TempDir& repo, const std::string& path, const std::string& text, int day = 0) {
  repo.write(path, text);
  git(repo.path(), {"add", "-A"}, day);
  git(repo.path(), {"commit", "-qm", path}, day);
  std::string id = git(repo.path(), {"rev-parse", "HEAD"});
  id.pop_back();
  return id;
}

struct Run {
  int exit_code = 0;
  Json report;
  std::string output;

  /// Sites of all findings, in one list.
  std::vector<Json> sites() const {
    std::vector<Json> out;
    for (const Json& finding : report["findings"])
      for (const Json& site : finding["sites"]) out.push_back(site);
    return out;
  }
  std::string skipped() const {
    std::string out;
    for (const Json& skipped : report["scanned"]["skipped"])
      out += skipped["path"].get<std::string>() + ": " + skipped["reason"].get<std::string>() + "\n";
    return out;
  }
  std::uint64_t count(const char* name) const { return report["scanned"][name]; }
};

Run scan(const std::string& repository, const std::vector<std::string>& more = {}, const std::string& cache = {}) {
  std::vector<std::string> command = {OVERREACH_BINARY, "scan", "--history", "--json", "-", repository};
  command.insert(command.end(), more.begin(), more.end());
  std::vector<std::string> environment;
  if (!cache.empty()) environment.push_back("XDG_CACHE_HOME=" + cache);
  const Outcome outcome = run_process(command, repository, {}, environment);
  INFO(outcome.err);
  REQUIRE(outcome.exit_code <= 4);
  return {outcome.exit_code, Json::parse(outcome.out), outcome.out + outcome.err};
}

/// Findings without what differs between a first and a second run.
Json findings(const Run& run) { return run.report["findings"]; }

std::filesystem::path only_file(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) files.push_back(entry.path());
  REQUIRE(files.size() == 1);
  return files[0];
}

std::string slurp(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("a history under SHA-256 is read like any other", "[history]") {
  const TempDir repo;
  git(repo.path(), {"init", "-q", "--object-format=sha256"});
  const std::string first = commit(repo, "conf/.env", line_with_token(1), 1);
  const std::string second = commit(repo, "conf/.env", "nothing\n", 2);
  REQUIRE(first.size() == 64);
  const bool packed = GENERATE(false, true);
  if (packed) git(repo.path(), {"repack", "-adfq"});
  const bool bare = GENERATE(false, true);
  const Run run = scan(bare ? repo.path().string() + "/.git" : repo.path().string());
  INFO(run.skipped());
  CHECK(run.exit_code == 1);
  REQUIRE(run.sites().size() == 1);
  CHECK(run.sites()[0]["path"] == "conf/.env");
  CHECK(run.sites()[0]["commit"] == first);
  CHECK(run.sites()[0]["last_commit"] == first);
  CHECK(run.sites()[0]["in_head"] == false);
  CHECK(run.count("commits") == 2);
}

TEST_CASE("a finding in a history says who brought it, who held it last, and what holds on to it", "[history]") {
  const TempDir repo;
  git(repo.path(), {"init", "-q", "-b", "main"});
  commit(repo, "readme", "hello\n", 0);
  struct Row {
    const char* name;
    std::string path;
    std::set<std::string> refs;
    bool in_reflog, in_head;
  };
  std::vector<Row> rows;
  // Brought, copied, removed.
  const std::string brought = commit(repo, "old/secrets.env", line_with_token(1), 1);
  const std::string held = commit(repo, "readme", "hello again\n", 2);
  std::filesystem::remove_all(repo.path().string() + "/old");
  const std::string removed = commit(repo, "readme", "bye\n", 3);
  commit(repo, "kept.env", line_with_token(7), 3);
  // On a branch of its own, and tagged.
  git(repo.path(), {"checkout", "-qb", "side", brought});
  const std::string side = commit(repo, "side.env", line_with_token(2), 4);
  git(repo.path(), {"tag", "-am", "a tag", "v1"}, 4);
  git(repo.path(), {"checkout", "-q", "main"});
  // Taken back at once: only the reflog knows.
  commit(repo, "oops.env", line_with_token(3), 5);
  git(repo.path(), {"reset", "-q", "--hard", "HEAD~1"}, 5);
  // Stashed; a tag on a file; nothing at all.
  repo.write("readme", line_with_token(4));
  git(repo.path(), {"stash", "-q"}, 6);
  repo.write("tagged", line_with_token(5));
  std::string blob = git(repo.path(), {"hash-object", "-w", "tagged"});
  blob.pop_back();
  git(repo.path(), {"tag", "file", blob});
  repo.write("tagged", line_with_token(6));
  git(repo.path(), {"hash-object", "-w", "tagged"});
  std::filesystem::remove(repo.path().string() + "/tagged");

  const bool packed = GENERATE(false, true);
  if (packed) git(repo.path(), {"repack", "-qadfk"});
  if (packed) git(repo.path(), {"pack-refs", "--all"});  // each of them has a reflog, too
  const bool graph = GENERATE(false, true);
  if (graph) git(repo.path(), {"commit-graph", "write", "--reachable"});
  const Run run = scan(repo.path());
  INFO(Json(run.sites()).dump(1) + run.skipped());
  const auto site = [&](const std::string& path) {
    for (const Json& s : run.sites())
      if (s["path"] == path && s["source"] == "history") return s;
    return Json();
  };
  const Json old = site("old/secrets.env");
  REQUIRE(old.is_object());
  CHECK(old["commit"] == brought);
  CHECK(old["last_commit"] == side);  // the branch still has it, and is younger than main's last commit that had it
  CHECK(old["refs"] == Json({"refs/heads/main", "refs/heads/side", "refs/tags/v1"}));
  CHECK(old["ref_count"] == 4);  // refs/stash, too
  CHECK(old["in_head"] == false);
  CHECK(site("kept.env")["in_head"] == true);
  CHECK(site("side.env")["refs"] == Json({"refs/heads/side", "refs/tags/v1"}));
  CHECK(site("side.env")["commit"] == side);
  CHECK(site("oops.env")["refs"].empty());
  CHECK(site("oops.env")["in_reflog"] == true);
  CHECK(site("readme")["refs"] == Json({"refs/stash"}));
  std::size_t tagged = 0, unreachable = 0;
  for (const Json& s : run.sites()) {
    if (s.contains("commit") || s["source"] != "history") continue;
    tagged += s["refs"] == Json({"refs/tags/file"}) ? 1U : 0U;
    unreachable += s["ref_count"] == 0 && s["in_reflog"] == false ? 1U : 0U;
  }
  CHECK(tagged == 1);
  CHECK(unreachable == 1);
}

TEST_CASE("what a partial clone left out is named, and nothing is fetched", "[history]") {
  const TempDir origin;
  git(origin.path(), {"init", "-q", "-b", "main"});
  commit(origin, "conf/.env", line_with_token(1), 1);
  commit(origin, "conf/.env", "nothing\n", 2);
  git(origin.path(), {"config", "uploadpack.allowFilter", "true"});
  const TempDir clone;
  git(clone.path(), {"clone", "-q", "--filter=blob:none", "file://" + origin.path().string(), "c"});
  const std::string path = clone.path().string() + "/c";
  const Run run = scan(path);
  CHECK(run.exit_code == 3);
  CHECK(run.skipped().find("conf/.env: object ") != std::string::npos);
  CHECK(run.skipped().find("is missing from the repository") != std::string::npos);
  CHECK(run.skipped().find("git fetch --refetch --no-filter") != std::string::npos);
  // The way out that the message names is one.
  git(path, {"fetch", "-q", "--refetch", "--no-filter"});
  CHECK(scan(path).exit_code == 1);
}

TEST_CASE("an object that is not what its name says is named, and searched all the same", "[history]") {
  const TempDir repo;
  git(repo.path(), {"init", "-q"});
  commit(repo, "a", "harmless\n", 1);
  repo.write("b", line_with_token(1));
  const std::string good = git(repo.path(), {"rev-parse", "HEAD:a"});
  const std::string bad = git(repo.path(), {"hash-object", "-w", "b"});
  const auto file = [&](const std::string& id) {
    return std::filesystem::path(repo.path()) / ".git/objects" / id.substr(0, 2) / id.substr(2, 38);
  };
  std::filesystem::permissions(file(good), std::filesystem::perms::owner_all);
  std::filesystem::copy_file(file(bad), file(good), std::filesystem::copy_options::overwrite_existing);
  std::filesystem::remove(file(bad));
  std::filesystem::remove(repo.path().string() + "/b");
  const Run run = scan(repo.path());
  CHECK(run.skipped().find("hash mismatch") != std::string::npos);
  CHECK(run.sites().size() == 1);
}

TEST_CASE("a submodule of a history is named, and is not missing", "[history]") {
  const TempDir repo;
  git(repo.path(), {"init", "-q"});
  commit(repo, "a", "1\n", 1);
  git(repo.path(),
      {"update-index", "--add", "--cacheinfo", "160000,0123456789012345678901234567890123456789,libs/other"});
  git(repo.path(), {"commit", "-qm", "a submodule"}, 2);
  const Run run = scan(repo.path());
  CHECK(run.exit_code == 0);
  CHECK(run.skipped() == "other: submodule, not descended: its history lies in a repository of its own\n");
}

TEST_CASE("a shallow clone and a commit without its parent are not certified", "[history]") {
  const TempDir origin;
  git(origin.path(), {"init", "-q", "-b", "main"});
  commit(origin, "a", "1\n", 1);
  const std::string second = commit(origin, "a", "2\n", 2);
  SECTION("shallow") {
    const TempDir clone;
    git(clone.path(), {"clone", "-q", "--depth", "1", "file://" + origin.path().string(), "c"});
    const Run run = scan(clone.path().string() + "/c");
    CHECK(run.exit_code == 3);
    CHECK(run.output.find("git fetch --unshallow") != std::string::npos);
  }
  SECTION("a parent is lost") {
    std::string parent = git(origin.path(), {"rev-parse", "HEAD~1"});
    std::filesystem::remove(origin.path().string() + "/.git/objects/" + parent.substr(0, 2) + "/" +
                            parent.substr(2, 38));
    const Run run = scan(origin.path());
    CHECK(run.exit_code == 3);
    CHECK(run.skipped().find(second + ": a parent of this commit is missing") != std::string::npos);
  }
}

TEST_CASE("a second scan reads what is new and says the same", "[history][cache]") {
  const TempDir repo, cache;
  git(repo.path(), {"init", "-q", "-b", "main"});
  for (int version = 0; version < 20; ++version)
    commit(repo, "notes", std::string(500, 'x') + std::to_string(version) + "\n", version);
  const std::string line = line_with_token(1);
  commit(repo, ".env", line, 30);
  std::filesystem::remove(repo.path().string() + "/.env");
  commit(repo, "notes", "done\n", 31);
  const bool packed = GENERATE(false, true);
  if (packed) git(repo.path(), {"repack", "-adfq"});

  const Run first = scan(repo.path(), {}, cache.path());
  CHECK(first.count("cached") == 0);
  REQUIRE(first.sites().size() == 1);
  const std::filesystem::path file = only_file(cache.path().string() + "/overreach");
  const Run second = scan(repo.path(), {}, cache.path());
  CHECK(findings(second) == findings(first));
  CHECK(second.count("blobs") == first.count("blobs"));
  CHECK(second.count("cached") == first.count("blobs"));
  CHECK(second.exit_code == first.exit_code);

  SECTION("the cache holds no secret and nobody else may read it") {
    CHECK((std::filesystem::status(file).permissions() & std::filesystem::perms::all) ==
          (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
    CHECK(testing::leaks_of(secret_of(line), slurp(file)).empty());
  }
  SECTION("new commits cost their own objects") {
    commit(repo, "second.env", line_with_token(2), 32);
    const Run third = scan(repo.path(), {}, cache.path());
    CHECK(third.count("cached") == first.count("blobs"));
    CHECK(third.count("blobs") == first.count("blobs") + 1);
    const std::vector<Json> sites = third.sites();
    CHECK(std::count_if(sites.begin(), sites.end(), [](const Json& s) { return s["source"] == "history"; }) == 2);
  }
  SECTION("a repack changes nothing") {
    git(repo.path(), {"repack", "-adfq"});  // gc would also expire the reflogs
    const Run third = scan(repo.path(), {}, cache.path());
    CHECK(findings(third) == findings(first));
    CHECK(third.count("cached") == third.count("blobs"));
  }
  SECTION("what holds on to a finding is asked anew when a ref moves") {
    git(repo.path(), {"branch", "other", "HEAD~1"});
    CHECK(scan(repo.path(), {}, cache.path()).sites()[0]["ref_count"] == 2);
  }
  SECTION("--no-cache reads everything and changes nothing") {
    const std::string before = slurp(file);
    const Run third = scan(repo.path(), {"--no-cache"}, cache.path());
    CHECK(third.count("cached") == 0);
    CHECK(findings(third) == findings(first));
    CHECK(slurp(file) == before);
  }
  SECTION("a damaged cache is made anew") {
    for (const std::string& garbage : {std::string("garbage"), slurp(file).substr(0, 5000), std::string()}) {
      std::ofstream(file, std::ios::binary | std::ios::trunc) << garbage;
      const Run third = scan(repo.path(), {}, cache.path());
      CHECK(findings(third) == findings(first));
      CHECK(third.exit_code == first.exit_code);
    }
  }
  SECTION("clear forgets it") {
    const Outcome cleared =
        run_process({OVERREACH_BINARY, "cache", "clear"}, repo.path(), {}, {"XDG_CACHE_HOME=" + cache.path().string()});
    CHECK(cleared.exit_code == 0);
    CHECK(cleared.out.starts_with("removed what was remembered of 1 repository from "));
    CHECK_FALSE(std::filesystem::exists(file));
    CHECK(scan(repo.path(), {}, cache.path()).count("cached") == 0);
  }
  SECTION("a link in its place is not followed") {
    const TempDir elsewhere;
    std::filesystem::rename(file, elsewhere.path().string() + "/target");
    std::filesystem::create_symlink(elsewhere.path().string() + "/target", file);
    const std::string before = slurp(file);
    CHECK(findings(scan(repo.path(), {}, cache.path())) == findings(first));
    CHECK(slurp(elsewhere.path().string() + "/target") == before);
  }
}

TEST_CASE("a history that could not be read whole is not remembered as read", "[history][cache]") {
  const TempDir repo, cache;
  git(repo.path(), {"init", "-q"});
  commit(repo, "a", "1\n", 1);
  std::string id = git(repo.path(), {"rev-parse", "HEAD:a"});
  const std::string object = repo.path().string() + "/.git/objects/" + id.substr(0, 2) + "/" + id.substr(2, 38);
  const std::string good = slurp(object);
  std::filesystem::permissions(object, std::filesystem::perms::owner_all);
  std::ofstream(object, std::ios::binary | std::ios::trunc) << "garbage";
  for (int round = 0; round < 2; ++round) {
    const Run run = scan(repo.path(), {}, cache.path());
    CHECK(run.exit_code == 3);
    CHECK(run.skipped().find("unreadable object") != std::string::npos);
  }
}

TEST_CASE("objects that derive from a damaged one are read from another pack", "[history]") {
  const TempDir repo;
  git(repo.path(), {"init", "-q"});
  for (int version = 0; version < 30; ++version)
    commit(repo, "notes", line_with_token(0) + std::string(2000, 'x') + std::to_string(version) + "\n", version);
  git(repo.path(), {"repack", "-adfq"});
  const std::filesystem::path packs = repo.path().string() + "/.git/objects/pack";
  std::filesystem::path victim;
  for (const auto& entry : std::filesystem::directory_iterator(packs))
    if (entry.path().extension() == ".pack") victim = entry.path();
  const Run whole = scan(repo.path());
  // A second pack with everything, whose name comes after or before: both orders of reading are right.
  git(repo.path(), {"repack", "-aqf", "--depth=1", "--window=2"});
  std::filesystem::permissions(victim, std::filesystem::perms::owner_all);
  std::string bytes = slurp(victim);
  for (std::size_t at = bytes.size() / 4; at < bytes.size() - 30; at += 97)
    bytes[at] = static_cast<char>(bytes[at] ^ 0x5a);
  std::ofstream(victim, std::ios::binary | std::ios::trunc) << bytes;
  const Run damaged = scan(repo.path());
  CHECK(damaged.count("blobs") == whole.count("blobs"));
}
