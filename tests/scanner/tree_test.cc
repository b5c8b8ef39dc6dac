#include "scanner/source/tree.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "scanner/source/beneath.h"
#include "scanner/source/input.h"
#include "tests/scanner/pushed.h"
#include "tests/support/temp_dir.h"

using namespace overreach;
using overreach::testing::pushed;
using overreach::testing::TempDir;

namespace {

/// Makes `depth` directories below each other, named by ten letters; returns the innermost. Works beyond PATH_MAX.
Descriptor make_deep(const TempDir& dir, int depth) {
  Descriptor here(open(dir.path().c_str(), O_RDONLY | O_DIRECTORY));
  for (int i = 0; i < depth; ++i) {
    REQUIRE(mkdirat(here.get(), "abcdefghij", 0700) == 0);
    here = Descriptor(openat(here.get(), "abcdefghij", O_RDONLY | O_DIRECTORY));
    REQUIRE(here.get() >= 0);
  }
  return here;
}

void write_at(int directory, const char* name, std::string_view text) {
  const Descriptor file(openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC, 0600));
  REQUIRE(write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}

std::vector<std::string> reasons(const Tally& tally) {
  std::vector<std::string> out;
  for (const Skipped& one : tally.skipped()) out.push_back(one.path + ": " + one.reason);
  return out;
}

}  // namespace

TEST_CASE("every regular file of a tree is read once, whatever lies in the way", "[tree]") {
  const TempDir dir;
  dir.write("a.txt", "a");
  dir.write("deep/er/b.txt", "b");
  dir.write(".hidden", "c");
  dir.write("empty", "");
  dir.write("node_modules/x/d.js", "d");
  dir.write(std::string("bad-\xff-name"), "e");
  dir.write("two\nlines\x1b[31m", "f");
  std::filesystem::create_symlink(".", dir.path() / "loop");
  std::filesystem::create_symlink("a.txt", dir.path() / "link");
  std::filesystem::create_symlink("nowhere", dir.path() / "dangling");
  REQUIRE(mkfifo((dir.path() / "pipe").c_str(), 0600) == 0);
  const Descriptor listener(socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  (dir.path() / "socket").string().copy(address.sun_path, sizeof address.sun_path - 1);
  REQUIRE(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  for (int i = 0; i < 1000; ++i) dir.write("many/" + std::to_string(i), std::to_string(i));

  for (const unsigned workers : {1U, 2U, 8U}) {
    TreeSource source(dir.path(), "sub/");
    Tally tally;
    const auto files = pushed(source, tally, workers);
    CHECK(files.size() == 1007);
    CHECK(files.at("sub/deep/er/b.txt") == "b");
    CHECK(files.at(std::string("sub/bad-\xff-name")) == "e");
    CHECK(files.at("sub/two\nlines\x1b[31m") == "f");
    for (int i = 0; i < 1000; ++i) CHECK(files.at("sub/many/" + std::to_string(i)) == std::to_string(i));
    CHECK(tally.files == 1007);
    CHECK(reasons(tally).empty());
    std::vector<std::string> paths;
    for (const auto& [path, bytes] : files) paths.push_back(path);
    CHECK(source.paths() == paths);
  }
}

TEST_CASE("of a git directory the configuration is read, and nested repositories are directories", "[tree]") {
  const TempDir dir;
  dir.write(".git/config", "[remote]");
  dir.write(".git/objects/pack/x.pack", "left to the history");
  dir.write("vendor/lib/.git", "gitdir: ../../.git/modules/lib");
  dir.write("vendor/lib/code.c", "code");
  dir.write("nested/.git/config", "[core]");
  dir.write("nested/inner.txt", "inner");
  dir.write("odd/.git/HEAD", "no configuration");
  TreeSource source(dir.path(), "");
  Tally tally;
  CHECK(pushed(source, tally) == std::map<std::string, std::string>{{".git/config", "[remote]"},
                                                                    {"nested/.git/config", "[core]"},
                                                                    {"nested/inner.txt", "inner"},
                                                                    {"vendor/lib/code.c", "code"}});
  CHECK(reasons(tally).empty());
  CHECK(source.paths() == std::vector<std::string>{"nested/inner.txt", "vendor/lib/code.c"});
}

TEST_CASE("excluded paths are not read but counted", "[tree]") {
  const TempDir dir;
  dir.write("src/a.ts", "a");
  dir.write("dist/b.js", "b");
  dir.write("src/c.min.js", "c");
  TreeSource source(dir.path(), "", TreeFilter{.exclude = {"dist", "*.min.js"}});
  Tally tally;
  CHECK(pushed(source, tally) == std::map<std::string, std::string>{{"src/a.ts", "a"}});
  CHECK(tally.skipped().size() == 2);
  CHECK_FALSE(tally.incomplete());
}

TEST_CASE("paths that an ignore file skips are not opened, and counted by rule", "[tree]") {
  const TempDir dir;
  dir.write("src/a.ts", "a");
  dir.write("vendor/one/b.js", "b");
  dir.write("vendor/two/c.js", "c");
  dir.write("logs/x.log", "x");
  dir.write("logs/y.log", "y");
  dir.write("muted.txt", "m");
  const IgnoreFile ignore(".overreachignore", "/vendor/\n*.log\nmute muted.txt  a reason\n");
  TreeSource source(dir.path(), "", TreeFilter{.exclude = {}, .ignore = &ignore});
  Tally tally;
  CHECK(pushed(source, tally) == std::map<std::string, std::string>{{"muted.txt", "m"}, {"src/a.ts", "a"}});
  CHECK(ignore.counted(ignore.rules()[0]) == 1);  // the directory
  CHECK(ignore.counted(ignore.rules()[1]) == 2);
  CHECK(ignore.counted(ignore.rules()[2]) == 0);
  CHECK_FALSE(tally.incomplete());
}

TEST_CASE("a single file can be the tree", "[tree]") {
  const TempDir dir;
  dir.write("only.txt", "x");
  SECTION("as it is") {
    TreeSource source(dir.path() / "only.txt", "docs/");
    Tally tally;
    CHECK(pushed(source, tally) == std::map<std::string, std::string>{{"docs/only.txt", "x"}});
    CHECK(source.paths() == std::vector<std::string>{"docs/only.txt"});
  }
  SECTION("behind a link, because the user named it") {
    std::filesystem::create_symlink("only.txt", dir.path() / "link");
    TreeSource source(dir.path() / "link", "");
    Tally tally;
    CHECK(pushed(source, tally) == std::map<std::string, std::string>{{"link", "x"}});
  }
  SECTION("a pipe, as the shell makes one for <(...)") {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    REQUIRE(write(ends[1], "piped", 5) == 5);
    close(ends[1]);
    const std::string name = std::to_string(ends[0]);
    TreeSource source("/dev/fd/" + name, "");
    Tally tally;
    CHECK(pushed(source, tally) == std::map<std::string, std::string>{{name, "piped"}});
    close(ends[0]);
  }
  SECTION("a pipe that nobody writes to ends at once") {
    REQUIRE(mkfifo((dir.path() / "pipe").c_str(), 0600) == 0);
    TreeSource source(dir.path() / "pipe", "");
    Tally tally;
    CHECK(pushed(source, tally) == std::map<std::string, std::string>{{"pipe", ""}});
  }
}

TEST_CASE("directories deeper than a path can say are read", "[tree]") {
  const TempDir dir;
  const int depth = 1000;  // 11,000 bytes of path
  {
    const Descriptor inner = make_deep(dir, depth);
    write_at(inner.get(), "file", "deep");
    // A sibling on the way, so that one of two is opened from the top again.
    REQUIRE(mkdirat(inner.get(), "left", 0700) == 0);
    REQUIRE(mkdirat(inner.get(), "right", 0700) == 0);
    const Descriptor left(openat(inner.get(), "left", O_RDONLY | O_DIRECTORY));
    const Descriptor right(openat(inner.get(), "right", O_RDONLY | O_DIRECTORY));
    write_at(left.get(), "file", "left");
    write_at(right.get(), "file", "right");
  }
  TreeSource source(dir.path(), "");
  Tally tally;
  const auto files = pushed(source, tally);
  CHECK(files.size() == 3);
  CHECK(reasons(tally).empty());
  for (const auto& [path, bytes] : files) CHECK(path.size() > 4096 * 2);
}

TEST_CASE("a path without end is left and named", "[tree]") {
  const TempDir dir;
  { const Descriptor inner = make_deep(dir, 1600); }
  TreeSource source(dir.path(), "");
  Tally tally;
  CHECK(pushed(source, tally).empty());
  REQUIRE(tally.skipped().size() == 1);
  CHECK(tally.skipped()[0].reason == "a path of more than 16 KiB");
  CHECK(tally.incomplete());
}

TEST_CASE("a link on the way to a directory is not followed", "[tree]") {
  const TempDir dir;
  dir.write("real/inner/file", "x");
  std::filesystem::create_symlink("real", dir.path() / "link");
  const Descriptor root(open(dir.path().c_str(), O_RDONLY | O_DIRECTORY));
  CHECK(open_directory(root.get(), "").get() >= 0);
  CHECK(open_directory(root.get(), "real/inner/").get() >= 0);
  CHECK(open_directory(root.get(), "link/inner/").get() < 0);
  CHECK(errno == ELOOP);
  CHECK(open_directory(root.get(), "link/").get() < 0);
}

TEST_CASE("a directory that is replaced by a link while it is walked gives nothing from outside", "[tree]") {
  const TempDir outside;
  outside.write("secret", "outside");
  const TempDir dir;
  for (int i = 0; i < 200; ++i) dir.write("d" + std::to_string(i) + "/file", "inside");
  std::atomic<bool> stop{false};
  std::thread swapper([&] {
    const auto victim = dir.path() / "d7", aside = dir.path() / "aside";
    std::error_code ignored;
    while (!stop) {
      std::filesystem::rename(victim, aside, ignored);
      std::filesystem::create_directory_symlink(outside.path(), victim, ignored);
      std::filesystem::remove(victim, ignored);
      std::filesystem::rename(aside, victim, ignored);
    }
  });
  for (int round = 0; round < 50; ++round) {
    TreeSource source(dir.path(), "");
    Tally tally;
    for (const auto& [path, bytes] : pushed(source, tally)) CHECK(bytes.find("outside") == std::string::npos);
  }
  stop = true;
  swapper.join();
}

TEST_CASE("what the user may not read is named and makes the scan incomplete", "[tree]") {
  if (geteuid() != 0) return;  // another user is needed to be refused, and only root can become one
  const TempDir dir;
  REQUIRE(chmod(dir.path().c_str(), 0755) == 0);
  dir.write("good", "x");
  chmod(dir.write("closed", "y").c_str(), 0600);
  dir.write("locked/file", "z");
  REQUIRE(chmod((dir.path() / "locked").c_str(), 0700) == 0);
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    // The directory above may be closed to others, so it is entered before.
    if (chdir(dir.path().c_str()) != 0 || setgid(65534) != 0 || setuid(65534) != 0) _exit(9);
    TreeSource source(".", "");
    Tally tally;
    std::string said = std::to_string(pushed(source, tally, 1).size());
    said += tally.incomplete() ? " incomplete" : "";
    for (const std::string& line : reasons(tally)) said += "; " + line;
    if (write(ends[1], said.data(), said.size()) < 0) _exit(8);
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  close(ends[1]);
  char text[512];
  const ssize_t size = read(ends[0], text, sizeof text);
  close(ends[0]);
  REQUIRE(status == 0);
  CHECK(std::string(text, static_cast<std::size_t>(size)) ==
        "1 incomplete; closed: Permission denied; locked/: cannot list: Permission denied");
}

TEST_CASE("files that change, shrink or vanish while they are read do no harm", "[tree]") {
  const TempDir dir;
  for (int i = 0; i < 300; ++i) dir.write(std::to_string(i), std::string(200'000, 'x'));
  std::atomic<bool> stop{false};
  std::thread disturber([&] {
    for (int i = 0; !stop; i = (i + 1) % 300) {
      const std::string file = (dir.path() / std::to_string(i)).string();
      if (i % 3 == 0) {
        if (truncate(file.c_str(), 10) != 0) continue;
      } else if (i % 3 == 1) {
        unlink(file.c_str());
      } else {
        std::ofstream(file, std::ios::app) << std::string(300'000, 'y');
        if (std::filesystem::file_size(file) > 3'000'000) std::filesystem::resize_file(file, 1);
      }
    }
  });
  for (int round = 0; round < 5; ++round) {
    TreeSource source(dir.path(), "");
    Tally tally;
    const auto files = pushed(source, tally);
    // Everything that the directory listed was read or named.
    CHECK(files.size() + tally.skipped().size() >= source.paths().size());
    for (const Skipped& one : tally.skipped()) CHECK(one.reason == "No such file or directory");
  }
  stop = true;
  disturber.join();
}

TEST_CASE("a walk through the kernel's own files ends", "[tree]") {
  TreeSource source("/proc/self", "", TreeFilter{.exclude = {}, .ignore = nullptr, .window = {1 << 20, 4096}});
  Tally tally;
  std::uint64_t bytes = 0;
  source.read([&](const Blob& blob, unsigned) { bytes += blob.bytes.size(); }, 1, tally);
  CHECK(tally.files > 20);
  CHECK(bytes > 0);
}

TEST_CASE("standard input is one blob", "[input]") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  REQUIRE(write(ends[1], "hello", 5) == 5);
  close(ends[1]);
  InputSource source(ends[0], "input");
  Tally tally;
  CHECK(pushed(source, tally) == std::map<std::string, std::string>{{"input", "hello"}});
  CHECK(tally.bytes == 5);
  close(ends[0]);
}
