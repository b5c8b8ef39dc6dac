// Which files are parsed: few enough in a large tree, and none fewer than could use the credential.
#include <algorithm>
#include <catch2/catch.hpp>

#include "detectors/purpose/load.h"
#include "detectors/purpose/needs.h"
#include "rules/catalog/catalog.h"
#include "tests/purpose/fixture.h"

namespace overreach::testing {
namespace {

using namespace purpose;
using Files = std::map<std::string, std::string>;

/// Paths that are parsed for one token; those left out have a '!' in front.
std::vector<std::string> parsed(const Files& files, const std::string& provider, const std::string& name,
                                unsigned workers = 1) {
  const Catalog catalog;
  const Token token = make_token(provider, name, synthetic_secret(provider), files);
  Needles needles;
  const std::vector<Interest> interests = {interest_in(token, catalog.find(provider), needles)};
  needles.compile();
  const MemoryCode code(files);
  const Loaded loaded = load_files(code, code.paths(), {&token, 1}, needles, interests, workers,
                                   std::chrono::steady_clock::now() + std::chrono::minutes(1));
  CHECK(loaded.complete);
  std::vector<std::string> out;
  for (const LoadedFile& file : loaded.files) out.push_back((file.left_out ? "!" : "") + file.facts.path);
  return out;
}

/// More files that call `program` than are parsed for a program's name alone.
Files with_common(Files files, const std::string& program) {
  for (int i = 0; i < 40; ++i) files["t/t" + std::to_string(i) + ".sh"] = program + " status\n";
  return files;
}

std::string env(const std::string& provider, const std::string& name) {
  return name + "=" + synthetic_secret(provider) + "\n";
}

}  // namespace

TEST_CASE("a mention is a whole word in the right form", "[purpose]") {
  struct Row {
    const char* name;
    Form form;
    bool is_script;
    std::string text;
    bool found;
  };
  const Row rows[] = {
      {"host", Form::word, false, "https://pkg/x", true},
      {"part of a word", Form::word, false, "a_pkg pkgs", false},
      {"second of two", Form::word, false, "xpkg pkg", true},
      {"quoted package", Form::package, false, "require('pkg/part')", true},
      {"imported package", Form::package, false, "x = 1\n  from pkg.a import b\n", true},
      {"package as a word", Form::package, false, "# all about pkg\n", false},
      {"import on another line", Form::package, false, "import os\npkg = 1\n", false},
      {"program of a script", Form::program, true, "cd x; pkg up", true},
      {"program in a list", Form::program, false, "run([\"pkg\", \"up\"])", true},
      {"program with a path", Form::program, false, "run('/usr/bin/pkg up')", true},
      {"program behind a variable", Form::program, false, "run('CI=1 pkg up')", true},
      {"program behind a wrapper", Form::program, false, "exec('npx pkg up')", true},
      {"program on a line of a string", Form::program, false, "exec(`\n  pkg up\n`)", true},
      {"function of that name", Form::program, false, "x = pkg(1)\n", false},
      {"variable of that name", Form::program, false, "pkg = 1\n", false},
      {"prose", Form::program, false, "# may pkg up\n", false},
      {"nothing", Form::word, false, "", false},
  };
  for (const Row& row : rows) {
    DYNAMIC_SECTION(row.name) {
      Needles needles;
      needles.add("pkg", row.form);
      needles.compile();
      CHECK(Search(needles).mentions(row.text, row.is_script).size() == (row.found ? 1 : 0));
    }
  }
}

TEST_CASE("a key without a name in a file of its own needs no code", "[purpose]") {
  const Files files = with_common({{"id.pem", synthetic_secret("private-key") + "\n"}}, "ssh host");
  CHECK(parsed(files, "private-key", "") == std::vector<std::string>{"id.pem"});
}

TEST_CASE("a program that all scripts call does not make them matter", "[purpose]") {
  Files files =
      with_common({{".env", env("github", "SOME_PAT")}, {"x.sh", "git push https://x:$SOME_PAT@host/r\n"}}, "git");
  CHECK(parsed(files, "github", "SOME_PAT") == std::vector<std::string>{".env", "x.sh"});
}

TEST_CASE("a script that is run by one that names the credential matters", "[purpose]") {
  Files files = with_common({{".env", env("github", "SOME_PAT")},
                             {"ci/run.sh", "GIVEN=$SOME_PAT ./push.sh\n"},
                             {"ci/push.sh", "git push https://x:$GIVEN@$HOST/r\n"}},
                            "git");
  const auto all = parsed(files, "github", "SOME_PAT");
  CHECK(all == std::vector<std::string>{".env", "ci/push.sh", "ci/run.sh"});
  CHECK(all == parsed(files, "github", "SOME_PAT", 4));
}

TEST_CASE("scripts of a program that reads the credential by itself matter, however many", "[purpose]") {
  const Files files = with_common({{".env", env("railway", "RAILWAY_TOKEN")}}, "railway");
  CHECK(parsed(files, "railway", "RAILWAY_TOKEN").size() == 41);
  const Files renamed = with_common({{".env", env("railway", "HOSTING")}}, "railway");
  CHECK(parsed(renamed, "railway", "HOSTING").size() == 1);
}

TEST_CASE("callers of a wrapper matter when they really import it", "[purpose]") {
  const Files files = {
      {"config.ts", "export const KEY = '" + synthetic_secret("stripe") + "';\n"},
      {"lib/pay.ts", "import { KEY } from '../config';\nexport const pay = (p: string) => send(KEY, p);\n"},
      {"lib/config.ts", "export const x = 1;\n"},
      {"lib/other.ts", "import { x } from './config';\n"},
      {"app.py", "import config\n"}};
  CHECK(parsed(files, "stripe", "KEY") == std::vector<std::string>{"config.ts", "lib/pay.ts"});
}

TEST_CASE("importers beyond the bound are named, so the need is unknown", "[purpose]") {
  Files files = {{"settings.py", "import os\nkey = '" + synthetic_secret("stripe") + "'\ndef pay(): pass\n"}};
  for (int i = 0; i < 250; ++i) files["m" + std::to_string(i) + ".py"] = "from settings import (\n  key,\n  pay)\n";
  const auto all = parsed(files, "stripe", "key");
  CHECK(std::count_if(all.begin(), all.end(), [](const std::string& path) { return path[0] == '!'; }) == 50);
  CHECK(all.size() == 251);
  const Catalog catalog;
  const Token token = make_token("stripe", "key", synthetic_secret("stripe"), files);
  const Need need = infer_needs({&token, 1}, catalog, MemoryCode(files), {}, 2)[0];
  CHECK(need.confidence == Confidence::unknown);
  CHECK(need.files_failed == 50);
}

TEST_CASE("a deadline that is over leaves the need unknown, never empty", "[purpose]") {
  const Files files = {{".env", env("railway", "RAILWAY_TOKEN")}, {"x.sh", "railway up\n"}};
  const Catalog catalog;
  const Token token = make_token("railway", "RAILWAY_TOKEN", synthetic_secret("railway"), files);
  Needles needles;
  const std::vector<Interest> interests = {interest_in(token, catalog.find("railway"), needles)};
  needles.compile();
  const MemoryCode code(files);
  const Loaded loaded = load_files(code, code.paths(), {&token, 1}, needles, interests, 1, Deadline());
  CHECK_FALSE(loaded.complete);
}

TEST_CASE("a variable that is built up of itself comes back, and is unknown", "[purpose]") {
  std::string script = "x=$RAILWAY_TOKEN\n";
  for (int i = 0; i < 400; ++i) script += "x=\"$x $y --a" + std::to_string(i) + "\"\ny=\"$y $x\"\nprog $x $y\n";
  const Files files = {{".env", env("railway", "RAILWAY_TOKEN")}, {"x.sh", script}};
  const Catalog catalog;
  const Token token = make_token("railway", "RAILWAY_TOKEN", synthetic_secret("railway"), files);
  // Every line doubles what the ones before are: without the bound this does not come back.
  CHECK(infer_needs({&token, 1}, catalog, MemoryCode(files), {}, 1)[0].confidence == Confidence::unknown);
}

}  // namespace overreach::testing
