// Containers are opened whatever they are called, within limits, and what could not be read is named.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "scanner/source/unpack/container.h"
#include "scanner/source/unpack/unpack.h"
#include "tests/support/archives.h"
#include "tests/support/temp_dir.h"

using namespace overreach;
using namespace overreach::testing;

namespace {

/// Everything in a content, to the innermost file, and what was said about it.
struct Opened {
  Unpacker::Outcome outcome = Unpacker::Outcome::none;
  std::map<std::string, std::string> files;  // by path inside; windows of a large one joined
  std::vector<Skipped> skipped;
  std::uint64_t bytes = 0;
  bool incomplete = false;

  bool says(const std::string& path, const std::string& words) const {
    return std::any_of(skipped.begin(), skipped.end(),
                       [&](const Skipped& s) { return s.path == path && s.reason.find(words) != std::string::npos; });
  }
};

Opened open_bytes(const std::string& bytes, UnpackLimits limits = {}, const std::string& path = "outer",
                  const Part* part = nullptr, bool keep = true) {
  Tally tally;
  Unpacker unpacker(tally, limits);
  Opened out;
  Inside::Push push;
  push = [&](const Blob& blob) {
    REQUIRE(blob.origins.size() == 1);
    REQUIRE(blob.origins[0].path == path);
    const Unpacker::Outcome inner = unpacker.unpack(blob, push);
    const Span own = blob.part == nullptr ? Span{0, blob.bytes.size()} : blob.part->own;
    out.bytes += own.size();
    if (inner == Unpacker::Outcome::none && keep) out.files[blob.origins[0].inner] += own.of(blob.bytes);
  };
  Origin origin;
  origin.path = path;
  Blob blob{bytes, {}, std::span(&origin, 1)};
  blob.part = part;
  out.outcome = unpacker.unpack(blob, push);
  out.skipped = tally.skipped();
  out.incomplete = tally.incomplete();
  return out;
}

using Files = std::map<std::string, std::string>;

const ArchiveFiles kFiles = {
    {"conf/.env", "TOKEN=1\n"}, {"empty", ""}, {"dir/", ""}, {"src/main.cc", "int main() {}\n"}};
const Files kInside = {{"conf/.env", "TOKEN=1\n"}, {"empty", ""}, {"src/main.cc", "int main() {}\n"}};

std::string repeated(const std::string& unit, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += unit;
  return out;
}

}  // namespace

TEST_CASE("every promised kind of archive is opened", "[unpack]") {
  struct Row {
    const char *name, *format, *filter;
  };
  const Row rows[] = {{"zip", "zip", ""},          {"7z", "7zip", ""},          {"tar", "ustar", ""},
                      {"tar with pax", "pax", ""}, {"tar.gz", "ustar", "gzip"}, {"tar.bz2", "pax", "bzip2"},
                      {"tar.xz", "ustar", "xz"},   {"tar.zst", "pax", "zstd"}};
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      const Opened opened = open_bytes(archive_of(row.format, row.filter, kFiles));
      CHECK(opened.outcome == Unpacker::Outcome::whole);
      CHECK(opened.files == kInside);
      CHECK(opened.skipped.empty());
    }
}

TEST_CASE("a compressed file is one file, called like itself without the ending", "[unpack]") {
  const std::string log = repeated("a line of a log\n", 1000);
  for (const std::string filter : {"gzip", "bzip2", "xz", "zstd"}) {
    const std::string packed = archive_of("raw", filter, {{"data", log}});
    CHECK(open_bytes(packed, {}, "logs/app.log.gz").files == Files{{"app.log", log}});
    CHECK(open_bytes(packed + packed, {}, "logs/app.log.gz").files ==
          Files{{"app.log", log + log}});  // rotated, joined
  }
  CHECK(open_bytes(archive_of("raw", "gzip", {{"data", "x"}}), {}, "").files == Files{{"content", "x"}});
}

TEST_CASE("zeros are not taken for the end of a tar", "[unpack]") {
  const std::string text = std::string(4096, '\0') + "and then words";
  CHECK(open_bytes(archive_of("raw", "gzip", {{"data", text}}), {}, "a.gz").files == Files{{"a", text}});
}

TEST_CASE("containers inside containers are opened, and the path says all of it", "[unpack]") {
  const std::string jar = archive_of("zip", "", {{"app.properties", "key=1\n"}});
  const std::string war = archive_of("zip", "", {{"WEB-INF/lib/a.jar", jar}});
  const std::string tar = archive_of("ustar", "gzip", {{"deploy/app.war", war}, {"notes.txt", "none"}});
  CHECK(open_bytes(tar).files ==
        Files{{"deploy/app.war!/WEB-INF/lib/a.jar!/app.properties", "key=1\n"}, {"notes.txt", "none"}});
}

TEST_CASE("what is no container is left alone", "[unpack]") {
  for (const std::string text : {"", "P", "PK", "PKzip", "plain text", "BZh9 is a name", "{\"a\": 1}", "7z archives",
                                 "SQLite format 3", "\x1f\x8b\x09"})
    CHECK(open_bytes(text).outcome == Unpacker::Outcome::none);
}

TEST_CASE("tables become lines of named values", "[unpack]") {
  const std::string packed = archive_of("raw", "gzip", {{"data", "inside a value"}});
  std::string hex;
  for (const char c : packed) {
    hex += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4U];
    hex += "0123456789abcdef"[static_cast<unsigned char>(c) & 15U];
  }
  const std::string db = database_of(
      "CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT, api_token TEXT);"
      "INSERT INTO users VALUES (1, 'ann', 'first'), (2, NULL, 'second');"
      "CREATE TABLE \"odd \"\"name; DROP\"(k TEXT PRIMARY KEY, v) WITHOUT ROWID;"
      "INSERT INTO \"odd \"\"name; DROP\" VALUES ('key', x'610062');"
      "CREATE TABLE packed(b BLOB); INSERT INTO packed VALUES (x'" +
      hex +
      "');"
      "CREATE VIEW evil AS SELECT * FROM users, users AS b, users AS c;"
      "CREATE TABLE none(a);");
  const Opened opened = open_bytes(db);
  CHECK(opened.outcome == Unpacker::Outcome::whole);
  CHECK(opened.files == Files{{"users", "id=1\tname=ann\tapi_token=first\nid=2\tapi_token=second\n"},
                              {"odd \"name; DROP", "k=key\tv=a b\n"},
                              {"packed", "\n"},
                              {"packed/row-1/b!/b", "inside a value"},
                              {"none", ""}});
}

TEST_CASE("a database in write-ahead mode is read, and hostile schemas do no harm", "[unpack]") {
  std::string db = database_of("CREATE TABLE t(a); INSERT INTO t VALUES ('value');");
  db[18] = db[19] = 2;
  CHECK(open_bytes(db).files == Files{{"t", "a=value\n"}});

  // A view in the place of a table, a column that computes for ever, and a virtual table.
  const std::string odd = database_of(
      "CREATE TABLE t(a, b AS (abs(a)) VIRTUAL); INSERT INTO t(a) VALUES (-1);"
      "CREATE VIRTUAL TABLE f USING fts5(body); INSERT INTO f VALUES ('words of it');"
      "CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM t; END;");
  const Opened opened = open_bytes(odd);
  CHECK(opened.files.at("t") == "a=-1\tb=1\n");
  CHECK(opened.files.count("f") == 0);
  CHECK(opened.files.at("f_content").find("words of it") != std::string::npos);
}

TEST_CASE("cells and outputs of a notebook are text", "[unpack]") {
  const std::string notebook = R"nb({"cells": [
    {"cell_type": "markdown", "source": "# one line"},
    {"cell_type": "code", "source": ["token = \"x\"\n", "print(token)"], "outputs": [
      {"output_type": "stream", "text": ["x\n", "y\n"]},
      {"output_type": "display_data", "data": {"image/png": "iVBORw0KGgo=", "text/plain": ["<Figure>"]}},
      {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["line 1", "line 2"]}]},
    {"cell_type": "code", "source": []}
  ], "metadata": {"source": "not a cell"}, "nbformat": 4, "nbformat_minor": 5})nb";
  CHECK(open_bytes(notebook).files == Files{{"cell-1", "# one line"},
                                            {"cell-2", "token = \"x\"\nprint(token)"},
                                            {"cell-2/output-1", "x\ny\n"},
                                            {"cell-2/output-2", "<Figure>"},
                                            {"cell-2/output-3", "E\nv\nline 1\nline 2\n"}});
  const std::string third = R"({"nbformat": 3, "worksheets": [{"cells": [{"input": ["a\n", "b"], "outputs": [
    {"text": ["c"]}]}]}]})";
  CHECK(open_bytes(third).files == Files{{"cell-1", "a\nb"}, {"cell-1/output-1", "c"}});
  const Opened broken = open_bytes("{\"nbformat\": 4, \"cells\": [{\"source\": \"a\"}, {");
  CHECK(broken.says("outer", "read as text"));
  CHECK_FALSE(broken.incomplete);
}

TEST_CASE("bombs are stopped, and the limit is named", "[unpack]") {
  UnpackLimits limits;
  limits.free_bytes = 1 << 20;
  limits.ratio = 50;
  SECTION("one file that grows") {
    const std::string bomb = archive_of("raw", "gzip", {{"data", std::string(64 << 20, '\0')}});
    const Opened opened = open_bytes(bomb, limits);
    CHECK(opened.bytes <= (1 << 20) + 50 * bomb.size());
    CHECK(opened.bytes >= 1 << 20);  // what fits is read
    CHECK(opened.says("outer", "more than the limit"));
    CHECK(opened.incomplete);
  }
  SECTION("many files that overlap or repeat") {
    ArchiveFiles files;
    for (int i = 0; i < 2000; ++i) files.emplace_back("f" + std::to_string(i), std::string(1 << 16, 'x'));
    const Opened opened = open_bytes(archive_of("zip", "", files), limits, "outer", nullptr, false);
    CHECK(opened.says("outer", "more than the limit"));
  }
  SECTION("archives inside archives inside archives") {
    std::string level = archive_of("zip", "", {{"zeros", std::string(4 << 20, '\0')}});
    for (int i = 0; i < 3; ++i) {
      ArchiveFiles copies;
      for (int k = 0; k < 8; ++k) copies.emplace_back("c" + std::to_string(k) + ".zip", level);
      level = archive_of("zip", "", copies);
    }
    const Opened opened = open_bytes(level, limits, "outer", nullptr, false);
    CHECK(opened.bytes <= (1 << 20) + 50 * level.size());
    CHECK(opened.incomplete);
  }
  SECTION("too many files") {
    limits.entries = 10;
    ArchiveFiles files;
    for (int i = 0; i < 20; ++i) files.emplace_back("f" + std::to_string(i), "");
    const Opened opened = open_bytes(archive_of("ustar", "", files), limits);
    CHECK(opened.files.size() == 10);
    CHECK(opened.says("outer", "more files than the limit"));
  }
  SECTION("deeper than the limit") {
    std::string level = archive_of("zip", "", {{"deepest", "x"}});
    for (int i = 0; i < 4; ++i) level = archive_of("zip", "", {{"z", level}});
    const Opened opened = open_bytes(level);
    CHECK(opened.says("outer!/z!/z!/z!/z", "was not opened"));
    CHECK(opened.incomplete);
  }
}

TEST_CASE("a gigabyte of zeros costs no gigabyte", "[unpack]") {
  // Compressed twice: 1 GiB is a few kilobytes.
  const std::string megabytes = archive_of("raw", "gzip", {{"data", std::string(128 << 20, '\0')}});
  const std::string bomb = archive_of("raw", "zstd", {{"data", repeated(megabytes, 8)}});
  struct rusage before {
  }, after{};
  getrusage(RUSAGE_SELF, &before);
  const Opened opened = open_bytes(bomb, {}, "outer", nullptr, false);
  getrusage(RUSAGE_SELF, &after);
  CHECK(opened.incomplete);
  CHECK(after.ru_maxrss - before.ru_maxrss < 300 * 1024);
}

TEST_CASE("a file larger than a window is pushed in windows that cover it", "[unpack]") {
  UnpackLimits limits;
  limits.window = 4096;
  limits.margin = 256;
  std::mt19937 random(1);
  std::string text;
  for (int i = 0; i < 3000; ++i) text += std::to_string(random()) + (i % 3 == 0 ? "\n" : "é");
  const std::string packed = archive_of("raw", "gzip", {{"data", text}});
  CHECK(open_bytes(packed, limits, "a.gz").files == Files{{"a", text}});
  Tally tally;
  Unpacker unpacker(tally, limits);
  Origin origin;
  std::uint64_t end = 0;
  unpacker.unpack(Blob{packed, "id", std::span(&origin, 1)}, [&](const Blob& window) {
    REQUIRE(window.part != nullptr);
    const std::string_view before = std::string_view(text).substr(0, window.part->offset);
    REQUIRE(window.bytes == text.substr(window.part->offset, window.bytes.size()));
    CHECK(window.part->offset + window.part->own.begin == end);
    end = window.part->offset + window.part->own.end;
    CHECK(window.part->lines == static_cast<std::uint64_t>(std::count(before.begin(), before.end(), '\n')));
    CHECK(window.part->column == before.size() - (before.rfind('\n') + 1));
    CHECK((static_cast<unsigned char>(window.bytes[0]) & 0xc0U) != 0x80);
    CHECK(window.id == "id");
  });
  CHECK(end == text.size());
}

TEST_CASE("archives are read from a file when they are too large to hold", "[unpack]") {
  const TempDir directory;
  for (const auto& [format, filter] : {std::pair("zip", ""), {"7zip", ""}, {"ustar", "xz"}}) {
    const std::string bytes = archive_of(format, filter, kFiles);
    const std::filesystem::path path = directory.write("archive", bytes);
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    Part part;
    part.descriptor = fd;
    CHECK(open_bytes(bytes.substr(0, 40), {}, "outer", &part).files == kInside);
    part.descriptor = -1;
    CHECK(open_bytes(bytes.substr(0, 40), {}, "outer", &part).says("outer", "too large"));
    part.offset = 5;
    CHECK(open_bytes(bytes.substr(0, 40), {}, "outer", &part).outcome == Unpacker::Outcome::none);
    close(fd);
  }
}

TEST_CASE("encrypted files are named, and the rest is read", "[unpack]") {
  const Opened opened = open_bytes(archive_of("zip", "", {{"secret.txt", "hidden"}}, "password"));
  CHECK(opened.says("outer!/secret.txt", "encrypted"));
  CHECK_FALSE(opened.incomplete);
  CHECK(opened.files.empty());
}

TEST_CASE("names inside are only text", "[unpack]") {
  const ArchiveFiles hostile = {{"../../etc/passwd", "a"},
                                {"/etc/shadow", "b"},
                                {"a\x1b[31m\nb", "c"},
                                {"\xff\xfe", "d"},
                                {std::string(9000, 'n'), "e"}};
  const Opened opened = open_bytes(archive_of("gnutar", "", hostile));
  CHECK(opened.files.at("../../etc/passwd") == "a");
  CHECK(opened.files.at("/etc/shadow") == "b");
  CHECK(opened.files.size() == 5);
  for (const auto& [name, content] : opened.files) CHECK(name.size() <= 4096);
}

TEST_CASE("a container cut at any offset gives what is there and says that it is damaged", "[unpack]") {
  struct Row {
    const char* name;
    std::string bytes;
  };
  const std::string text = repeated("some words and 12345 numbers; ", 30);
  const Row rows[] = {
      {"zip", archive_of("zip", "", {{"a", text}, {"b", text}})},
      {"7z", archive_of("7zip", "", {{"a", text}, {"b", text}})},
      {"tar", archive_of("ustar", "", {{"a", text}, {"b", text}})},
      {"tar.gz", archive_of("ustar", "gzip", {{"a", text}})},
      {"xz", archive_of("raw", "xz", {{"a", text}})},
      {"zst", archive_of("raw", "zstd", {{"a", text}})},
      {"bz2", archive_of("raw", "bzip2", {{"a", text}})},
      {"sqlite", database_of("CREATE TABLE t(a); INSERT INTO t VALUES ('" + text + "'), ('" + text + "');")},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      const Opened whole = open_bytes(row.bytes);
      REQUIRE(whole.skipped.empty());
      for (std::size_t size = 0; size < row.bytes.size(); size += 1 + row.bytes.size() / 700) {
        const Opened cut = open_bytes(row.bytes.substr(0, size));
        // Damage is silent only where nothing is missing that the format can tell of.
        if (cut.outcome == Unpacker::Outcome::whole && cut.files != whole.files) {
          INFO("size " << size << " of " << row.bytes.size());
          const bool tar = std::string_view(row.name) == "tar";
          CHECK(tar);  // a tar may end after any file
        }
      }
    }
}

TEST_CASE("flipped bits do no harm", "[unpack]") {
  const std::string text = repeated("some words and 12345 numbers; ", 20);
  const std::string rows[] = {
      archive_of("zip", "", {{"a", text}, {"b", archive_of("zip", "", {{"c", text}})}}),
      archive_of("7zip", "", {{"a", text}, {"b", text}}),
      archive_of("pax", "gzip", {{"a", text}}),
      archive_of("pax", "", {{"a", text}}),
      archive_of("raw", "xz", {{"a", text}}),
      archive_of("raw", "zstd", {{"a", text}}),
      archive_of("raw", "bzip2", {{"a", text}}),
      database_of("CREATE TABLE t(a, b); CREATE INDEX i ON t(a); INSERT INTO t VALUES ('" + text + "', 1), (2, '" +
                  text + "'); CREATE TABLE u(x PRIMARY KEY) WITHOUT ROWID; INSERT INTO u VALUES ('y'), ('z');"),
  };
  UnpackLimits limits;
  limits.free_bytes = 1 << 20;
  std::size_t opened = 0;
  for (const std::string& row : rows)
    for (unsigned seed = 0; seed < 250; ++seed) {
      std::mt19937 random(seed);
      std::string bytes = row;
      for (unsigned i = 0; i < 1 + seed % 6; ++i) {
        // Headers are where it matters: half of the flips are there.
        const std::size_t at = random() % (random() % 2 == 0 ? std::min<std::size_t>(bytes.size(), 200) : bytes.size());
        bytes[at] = static_cast<char>(bytes[at] ^ (1U << (random() % 8)));
      }
      opened += open_bytes(bytes, limits).outcome != Unpacker::Outcome::none ? 1U : 0U;
    }
  CHECK(opened > 100);
}

TEST_CASE("empty containers are whole", "[unpack]") {
  for (const auto& [format, filter] : {std::pair("zip", ""), {"7zip", ""}}) {
    const Opened opened = open_bytes(archive_of(format, filter, {}));
    INFO(format);
    CHECK(opened.outcome == Unpacker::Outcome::whole);
    CHECK(opened.files.empty());
    CHECK(opened.skipped.empty());
  }
  CHECK(open_bytes(archive_of("raw", "gzip", {{"data", ""}}), {}, "a.gz").outcome == Unpacker::Outcome::whole);
}
