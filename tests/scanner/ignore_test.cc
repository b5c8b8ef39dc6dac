#include "scanner/source/ignore_file.h"

#include <catch2/catch.hpp>

using namespace overreach;
using Kind = IgnoreFile::Rule::Kind;

namespace {

/// "skip:2", "mute:1" or "" for a path.
std::string decision(const IgnoreFile& file, std::string_view path) {
  const IgnoreFile::Rule* rule = file.decide(path);
  if (rule == nullptr) return "";
  return (rule->kind == Kind::skip ? "skip:" : "mute:") + std::to_string(rule->line);
}

}  // namespace

TEST_CASE("patterns mean what they mean in a gitignore file", "[ignore]") {
  struct Row {
    const char* name;
    const char* pattern;
    std::vector<std::string> matched, others;
  };
  const Row rows[] = {
      {"a name matches at any depth", "*.log", {"a.log", "x/y/a.log", "a.log/inner"}, {"a.logs", "log"}},
      {"a slash at the begin ties to the root", "/build", {"build", "build/x"}, {"sub/build"}},
      {"so does one in the middle", "doc/*.txt", {"doc/a.txt"}, {"x/doc/a.txt", "doc/x/a.txt"}},
      {"one at the end asks for a directory", "out/", {"out/a", "x/out/a"}, {"out", "x/out"}},
      {"two stars in front", "**/foo", {"foo", "a/foo", "a/b/foo/c"}, {"afoo", "foo2"}},
      {"two stars behind mean what lies inside", "abc/**", {"abc/a", "abc/a/b"}, {"abc", "x/abc/a"}},
      {"two stars between", "a/**/b", {"a/b", "a/x/b", "a/x/y/b", "a/b/c"}, {"a/xb", "x/a/b"}},
      {"a star stays in its component", "/a*c", {"abc", "ac"}, {"a/c", "ab/c"}},
      {"a question mark is one character", "?.md", {"a.md"}, {"ab.md", ".md"}},
      {"a set", "[a-cx].o", {"a.o", "c.o", "x.o"}, {"d.o", "-.o"}},
      {"a set that is not", "[!a-c].o", {"d.o"}, {"a.o", "c.o"}},
      {"a set by name", "v[[:digit:]]", {"v1"}, {"va", "v"}},
      {"a bracket in a set", "[]-].o", {"].o", "-.o"}, {"a.o"}},
      {"an open bracket is itself", "a[b", {"a[b"}, {"ab"}},
      {"an escaped star is itself", "a\\*", {"a*"}, {"ab"}},
      {"an escaped space", "a\\ b", {"a b"}, {"a", "b"}},
      {"an escaped exclamation mark", "\\!x", {"!x"}, {"x"}},
      {"an escaped hash", "\\#x", {"#x"}, {"x"}},
      {"many stars", "*a*a*a*", {"aaa", "xaxaxax"}, {"aa", "xax"}},
      {"names that are not UTF-8", "\xff?", {"\xff\xfe"}, {"\xfe\xff"}},
      {"letters are told apart by case", "README", {"README"}, {"readme"}},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      const IgnoreFile file("f", row.pattern);
      for (const std::string& path : row.matched) {
        INFO(path);
        CHECK(decision(file, path) == "skip:1");
      }
      for (const std::string& path : row.others) {
        INFO(path);
        CHECK(decision(file, path).empty());
      }
    }
}

TEST_CASE("the last rule that matches decides, and nothing under a skipped directory comes back", "[ignore]") {
  const IgnoreFile file("f",
                        "# comment\r\n"
                        "\n"
                        "  *.env\n"
                        "!keep.env\n"
                        "skip /vendor/\n"
                        "!vendor/keep.env\n"
                        "mute /fixtures/   made up for tests\n"
                        "!/fixtures/live/\n"
                        "mute *.pem a key of nobody\n"
                        "/fixtures/big.pem");
  CHECK(decision(file, "a.env") == "skip:3");
  CHECK(decision(file, "x/keep.env").empty());
  CHECK(decision(file, "vendor/keep.env") == "skip:5");
  CHECK(decision(file, "fixtures/a") == "mute:7");
  CHECK(decision(file, "fixtures/live/a").empty());
  CHECK(decision(file, "fixtures/live/x.pem") == "mute:9");
  CHECK(decision(file, "fixtures/big.pem") == "skip:10");
  CHECK(file.rules()[4].reason == "made up for tests");
  CHECK(file.place(file.rules()[4]) == "f:7");
  CHECK(file.skips("vendor", true) != nullptr);
  CHECK(file.skips("vendor", false) == nullptr);
  CHECK(file.skips("fixtures", true) == nullptr);
}

TEST_CASE("a line that makes no sense names itself and the way out", "[ignore]") {
  struct Row {
    const char* name;
    const char* text;
    const char* message;
  };
  const Row rows[] = {
      {"another word", "ok\nallow x\n", "f:2: 'allow' is neither 'skip' nor 'mute'; for a space in a path write '\\ '"},
      {"a mute without a reason", "mute x\n", "f:1: a mute needs a reason: mute x   why it is harmless"},
      {"a word before an exclamation mark", "skip !x\n",
       "f:1: '!' takes back skip and mute alike: write the pattern without a word before it"},
      {"nothing but a slash", "/\n", "f:1: a pattern is missing"},
      {"nothing but an exclamation mark", "!\n", "f:1: a pattern is missing"},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      CHECK_THROWS_WITH(IgnoreFile("f", row.text), row.message);
    }
  std::string many;
  for (int i = 0; i < 10'001; ++i) many += "a\n";
  CHECK_THROWS_WITH(IgnoreFile("f", many), "f:10001: more than 10,000 rules");
}

TEST_CASE("a pattern that is made to take long does not", "[ignore]") {
  std::string stars, deep, path;
  for (int i = 0; i < 2000; ++i) stars += "*a";
  for (int i = 0; i < 500; ++i) deep += "**/a/";
  for (int i = 0; i < 1000; ++i) path += "a/";
  // Either would take longer than the universe is old if stars were tried against each other.
  CHECK_FALSE(name_matches(stars + "b", std::string(20'000, 'a')));
  CHECK(decision(IgnoreFile("f", deep + "b"), path).empty());
}
