#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <sstream>
#include <string>

#include "scanner/base/hash.h"
#include "scanner/source/git/delta.h"
#include "scanner/source/git/history.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

using namespace overreach;
using overreach::testing::git;
using overreach::testing::TempDir;

namespace {

/// What a consumer could remember: the bytes, to check that derivations tell the truth.
class Bytes : public Memory {
 public:
  explicit Bytes(std::string_view text) : text_(text) {}
  std::string_view text() const { return text_; }

 private:
  std::string text_;
};

struct Read {
  std::map<std::string, std::string> blobs;  // id -> bytes
  std::vector<Skipped> skipped;
  std::uint64_t counted = 0;
  std::size_t derived = 0;
};

/// Rebuilds a blob from its base and the segments said to be copied; new bytes are taken on trust.
bool truthful(const Blob& blob) {
  const auto& base = static_cast<const Bytes&>(*blob.derivation->base_memory);
  std::uint64_t at = 0;
  for (const Segment& segment : blob.derivation->segments) {
    if (segment.at != at || segment.size == 0) return false;
    if (segment.copied && base.text().substr(segment.from, segment.size) != blob.bytes.substr(at, segment.size))
      return false;
    at += segment.size;
  }
  return at == blob.bytes.size() && base.text().size() == blob.derivation->base_size;
}

Read read_history(const std::filesystem::path& repository, unsigned workers = 2) {
  Read out;
  std::mutex mutex;
  bool honest = true;
  Tally tally;
  HistorySource source(repository);
  source.read(
      [&](const Blob& blob, unsigned) {
        const std::scoped_lock lock(mutex);
        out.blobs[hex(blob.id)] = std::string(blob.bytes);
        if (blob.memory != nullptr) *blob.memory = std::make_unique<Bytes>(blob.bytes);
        if (blob.derivation == nullptr) return;
        ++out.derived;
        honest = honest && truthful(blob);
      },
      workers, tally);
  CHECK(honest);
  out.skipped = tally.skipped();
  out.counted = tally.blobs;
  return out;
}

/// Every blob as git itself gives it.
std::map<std::string, std::string> read_with_git(const std::string& repository) {
  std::map<std::string, std::string> out;
  std::istringstream list(
      git(repository, {"cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)"}));
  for (std::string id, type; list >> id >> type;)
    if (type == "blob") out[id] = git(repository, {"cat-file", "blob", id});
  return out;
}

/// A file that is edited over and over, so that its versions become delta chains.
void make_history(const TempDir& repo, unsigned seed, int versions) {
  std::mt19937 random(seed);
  std::vector<std::string> lines;
  for (int i = 0; i < 120; ++i) lines.push_back("line " + std::to_string(random()) + " of the first version");
  git(repo.path(), {"init", "-q"});
  for (int version = 0; version < versions; ++version) {
    for (int edit = 0; edit < 4; ++edit) {
      const std::size_t at = random() % lines.size();
      if (random() % 3 == 0)
        lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(at), "new " + std::to_string(random()));
      else if (random() % 3 == 0)
        std::swap(lines[at], lines[random() % lines.size()]);
      else
        lines[at] = "edit " + std::to_string(random());
    }
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    repo.write("file.txt", text);
    if (version % 5 == 0) repo.write("other" + std::to_string(version), text.substr(0, text.size() / 2));
    git(repo.path(), {"add", "-A"});
    git(repo.path(), {"commit", "-qm", std::to_string(version)}, version);
  }
}

std::filesystem::path only_pack(const TempDir& repo) {
  for (const auto& entry : std::filesystem::directory_iterator(repo.path() / ".git/objects/pack"))
    if (entry.path().extension() == ".pack") return entry.path();
  return {};
}

}  // namespace

TEST_CASE("packs give the blobs that git gives, each once, with true derivations", "[pack]") {
  const TempDir repo;
  make_history(repo, 1, 40);
  const auto expected = read_with_git(repo.path());
  struct Row {
    const char* name;
    std::vector<std::vector<std::string>> commands;
    bool deltas;
  };
  const Row rows[] = {
      {"loose only", {}, false},
      {"one pack, long chains", {{"repack", "-adfq", "--depth=50", "--window=50"}}, true},
      {"one pack without deltas", {{"repack", "-adfq", "--depth=0"}}, false},
      {"deltas by id", {{"-c", "repack.useDeltaBaseOffset=false", "repack", "-adfq"}}, true},
      {"index version 1", {{"-c", "pack.indexVersion=1", "repack", "-adfq"}}, true},
      {"64-bit offsets", {{"repack", "-adfq"}, {"index-pack", "--index-version=2,0x40", "PACK"}}, true},
      {"a pack that is kept, and a newer one", {{"repack", "-adfq"}, {"repack", "-aqfk", "--depth=10"}}, true},
      {"what nothing reaches, in a cruft pack", {{"repack", "--cruft", "-dfq"}}, true},
      {"several packs and a multi-pack-index",
       {{"repack", "-adfq"}, {"-c", "pack.packSizeLimit=20k", "repack", "-adfq"}, {"multi-pack-index", "write"}},
       true},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      for (std::vector<std::string> command : row.commands) {
        if (command[0] == "index-pack") {
          command.back() = only_pack(repo);
          std::filesystem::remove(only_pack(repo).replace_extension(".idx"));
        }
        git(repo.path(), command);
      }
      for (const unsigned workers : {1U, 3U}) {
        const Read read = read_history(repo.path(), workers);
        CHECK(read.blobs == expected);
        CHECK(read.counted == expected.size());
        CHECK(read.skipped.empty());
        CHECK((read.derived > 0) == row.deltas);
      }
    }
}

TEST_CASE("objects of alternates are read too, and doubles are counted once", "[pack]") {
  const TempDir origin;
  make_history(origin, 2, 12);
  git(origin.path(), {"repack", "-adfq"});
  const TempDir clone;
  git(clone.path(), {"clone", "-q", "-s", origin.path(), "c"});
  std::ofstream(clone.path() / "c/new") << "only in the clone\n";
  git(clone.path() / "c", {"add", "-A"});
  git(clone.path() / "c", {"commit", "-qm", "new"});
  git(clone.path() / "c", {"repack", "-adfq"});  // without -l: copies what the alternate has
  const auto expected = read_with_git(clone.path() / "c");
  const Read read = read_history(clone.path() / "c");
  CHECK(read.blobs == expected);
  CHECK(read.counted == expected.size());
}

/// The middle of a file at the end of the longest chain of deltas. Where git puts files, directories and commits, and
/// what it derives from what, depends on how its threads took turns.
std::streamoff middle_of_a_blob(const std::filesystem::path& repo, const std::filesystem::path& pack) {
  std::istringstream lines(git(repo.string(), {"verify-pack", "-v", pack.string()}));
  std::streamoff deepest = 0, middle = 0;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string id, type;
    std::streamoff size = 0, packed = 0, offset = 0, depth = 0;
    if (!(words >> id >> type >> size >> packed >> offset >> depth) || type != "blob" || depth <= deepest) continue;
    deepest = depth;
    middle = offset + packed / 2;
  }
  return middle;
}

TEST_CASE("damage to a pack is named, and everything else is read", "[pack]") {
  const TempDir repo;
  make_history(repo, 3, 30);
  git(repo.path(), {"repack", "-adfq"});
  const auto expected = read_with_git(repo.path());
  const std::filesystem::path pack = only_pack(repo);
  std::filesystem::permissions(pack, std::filesystem::perms::owner_all);
  SECTION("a byte in the middle of a file") {
    const std::streamoff middle = middle_of_a_blob(repo.path(), pack);
    REQUIRE(middle > 0);
    std::fstream file(pack, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(middle);
    const int was = file.get();
    file.seekp(middle);
    file.put(static_cast<char>(was ^ 0x55));
    file.close();
    const Read read = read_history(repo.path());
    CHECK_FALSE(read.skipped.empty());
    CHECK(read.blobs.size() >= 1);
    for (const auto& [id, bytes] : read.blobs) CHECK(expected.at(id) == bytes);
  }
  SECTION("cut short") {
    std::filesystem::resize_file(pack, std::filesystem::file_size(pack) / 2);
    const Read read = read_history(repo.path());
    REQUIRE_FALSE(read.skipped.empty());
    CHECK(read.skipped[0].incomplete);
  }
  SECTION("without its index") {
    std::filesystem::remove(std::filesystem::path(pack).replace_extension(".idx"));
    const Read read = read_history(repo.path());
    REQUIRE(read.skipped.size() == 1);
    CHECK(read.skipped[0].reason.find("git index-pack") != std::string::npos);
  }
}

TEST_CASE("random damage never crashes and never goes unnoticed as other bytes", "[pack]") {
  const TempDir repo;
  make_history(repo, 4, 15);
  git(repo.path(), {"repack", "-adfq"});
  const auto expected = read_with_git(repo.path());
  const std::filesystem::path pack = only_pack(repo);
  const std::filesystem::path index = std::filesystem::path(pack).replace_extension(".idx");
  const auto slurp = [](const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  const std::string good_pack = slurp(pack), good_index = slurp(index);
  for (const auto& path : {pack, index}) std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  std::mt19937 random(9);
  for (int round = 0; round < 150; ++round) {
    std::string bad_pack = good_pack, bad_index = good_index;
    std::string& victim = round % 2 == 0 ? bad_pack : bad_index;
    for (unsigned i = 0; i <= random() % 4; ++i) victim[random() % victim.size()] = static_cast<char>(random());
    std::ofstream(pack, std::ios::binary | std::ios::trunc) << bad_pack;
    std::ofstream(index, std::ios::binary | std::ios::trunc) << bad_index;
    INFO("round " << round);
    const Read read = read_history(repo.path(), 1);
    // A damaged index can give a blob a wrong name; a damaged pack must never give wrong bytes.
    if (round % 2 == 0)
      for (const auto& [id, bytes] : read.blobs)
        if (expected.contains(id)) REQUIRE(expected.at(id) == bytes);
  }
}

TEST_CASE("a delta that lies is refused", "[pack]") {
  const std::string base = "0123456789";
  struct Row {
    const char* name;
    std::string delta;
    bool good;
  };
  const auto bytes = [](std::initializer_list<int> list) {
    std::string out;
    for (const int b : list) out += static_cast<char>(b);
    return out;
  };
  const Row rows[] = {
      {"copy all", bytes({10, 10, 0x90, 10}), true},
      {"insert", bytes({10, 3, 3, 'a', 'b', 'c'}), true},
      {"other base size", bytes({11, 10, 0x90, 10}), false},
      {"copy beyond the base", bytes({10, 10, 0x91, 1, 10}), false},
      {"makes too little", bytes({10, 11, 0x90, 10}), false},
      {"makes too much", bytes({10, 9, 0x90, 10}), false},
      {"insert runs out", bytes({10, 3, 3, 'a'}), false},
      {"instruction zero", bytes({10, 10, 0, 0x90, 10}), false},
      {"endless size", std::string(12, '\xff'), false},
      {"empty", "", false},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      Delta delta;
      CHECK(delta.parse(row.delta, base.size()).has_value() == row.good);
    }
  Delta joined;  // neighbouring copies are one segment
  REQUIRE(joined.parse(bytes({10, 10, 0x90, 4, 0x91, 4, 6}), base.size()));
  CHECK(joined.segments.size() == 1);
}
