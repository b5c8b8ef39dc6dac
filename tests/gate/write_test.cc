#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "tests/gate/gate_fixture.h"

namespace overreach::testing {
namespace {

namespace fs = std::filesystem;

const std::vector<GateFile> kFiles = {{"README.md", "read me\n"}, {"cedar/policy.cedar", "permit\n"}};

}  // namespace

TEST_CASE("gates are written with mode 0644 and named in the result", "[gate][write]") {
  const TempDir scratch;
  const fs::path target = scratch.path() / "out/gates";
  const ::mode_t before = ::umask(077);
  const auto written = write_gates(target, kFiles);
  ::umask(before);
  REQUIRE(written);
  CHECK(*written ==
        std::vector<std::string>{(target / "README.md").string(), (target / "cedar/policy.cedar").string()});
  CHECK(read_file(target / "cedar/policy.cedar") == "permit\n");
  struct ::stat status {};
  REQUIRE(::stat((target / "cedar/policy.cedar").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0644);
}

TEST_CASE("a directory that overreach wrote is written again, another is refused", "[gate][write]") {
  const TempDir scratch;
  SECTION("empty") { CHECK(write_gates(scratch.path(), kFiles)); }
  SECTION("with a slash at the end") { CHECK(write_gates(scratch.path().string() + "/", kFiles)); }
  SECTION("written before") {
    REQUIRE(write_gates(scratch.path(), kFiles));
    const std::vector<GateFile> changed = {{"README.md", "new\n"}};
    REQUIRE(write_gates(scratch.path(), changed));
    CHECK(read_file(scratch.path() / "README.md") == "new\n");
  }
  SECTION("somebody's own") {
    scratch.write("settings.json", "{}");
    const auto written = write_gates(scratch.path(), kFiles);
    REQUIRE_FALSE(written);
    CHECK(written.error().kind == Error::Kind::refused);
    CHECK_FALSE(fs::exists(scratch.path() / "README.md"));
  }
  SECTION("with a marker that is not ours") {
    scratch.write(".overreach-gates", "hello");
    CHECK_FALSE(write_gates(scratch.path(), kFiles));
  }
  SECTION("a file") {
    const fs::path file = scratch.write("file", "x");
    CHECK_FALSE(write_gates(file, kFiles));
    CHECK(read_file(file) == "x");
  }
}

TEST_CASE("no symbolic link leads a gate out of its directory", "[gate][write]") {
  const TempDir scratch, elsewhere;
  const fs::path gates = scratch.path() / "gates";
  SECTION("in the place of the directory") {
    fs::create_directory_symlink(elsewhere.path(), gates);
    CHECK_FALSE(write_gates(gates, kFiles));
    CHECK_FALSE(write_gates(gates.string() + "/", kFiles));
  }
  SECTION("in the place of a sub-directory") {
    REQUIRE(write_gates(gates, {}));
    fs::create_directory_symlink(elsewhere.path(), gates / "cedar");
    CHECK_FALSE(write_gates(gates, kFiles));
  }
  SECTION("in the place of a file, which is replaced and not followed") {
    REQUIRE(write_gates(gates, {}));
    const fs::path victim = elsewhere.write("victim", "precious");
    fs::create_symlink(victim, gates / "README.md");
    CHECK(write_gates(gates, kFiles));
    CHECK(read_file(victim) == "precious");
    CHECK(read_file(gates / "README.md") == "read me\n");
    fs::remove(victim);
  }
  CHECK(fs::is_empty(elsewhere.path()));
}

}  // namespace overreach::testing
