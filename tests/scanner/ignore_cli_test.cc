#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <random>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

using nlohmann::json;
using overreach::testing::git;
using overreach::testing::Outcome;
using overreach::testing::run_process;
using overreach::testing::TempDir;

namespace {

/// An assignment of a made-up value, another one for each seed.
std::string token(unsigned seed) {
  std::mt19937 random(seed);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string uuid = "xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx";
  for (char& c : uuid)
    if (c == 'x') c = digits[random() % digits.size()];
  return "RAILWAY_TOKEN=" + uuid + "\n";
}

constexpr const char* kRules =
    "vendor/\n"
    "mute fixtures/   made up for tests\n";

/// A repository with one credential each in live.env, fixtures/ and vendor/, and the ignore file.
void fill(const TempDir& repo) {
  git(repo.path(), {"init", "-q", "-b", "main"});
  repo.write("README", "text\n");
  repo.write(".overreachignore", kRules);
  git(repo.path(), {"add", "."});
  git(repo.path(), {"commit", "-qm", "begin"});
  repo.write("live.env", token(1));
  repo.write("fixtures/a.env", token(2));
  repo.write("vendor/b.env", token(3));
  git(repo.path(), {"add", "."});
}

struct Report {
  int exit_code = 0;
  json all;
  std::map<std::string, bool> muted;  // path of each finding -> whether it is
};

Report scan(const TempDir& repo, std::vector<std::string> arguments) {
  std::vector<std::string> command = {OVERREACH_BINARY, "scan", "-q", "--json", "-", "--fail-on", "note"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  const Outcome outcome = run_process(command, repo.path());
  INFO(outcome.err);
  Report out{outcome.exit_code, json::parse(outcome.out), {}};
  for (const json& finding : out.all["findings"]) {
    out.muted[finding["sites"][0]["path"]] = finding.contains("muted");
    if (finding.contains("muted")) {
      CHECK(finding["muted"]["by"] == ".overreachignore:2");
      CHECK(finding["muted"]["reason"] == "made up for tests");
      CHECK(finding["severity"] == "note");
      CHECK(finding["verdict"] != "fits");
    }
  }
  return out;
}

const std::map<std::string, bool> kHeeded = {{"live.env", false}, {"fixtures/a.env", true}};
const std::map<std::string, bool> kUnheeded = {{"live.env", false}, {"fixtures/a.env", false}, {"vendor/b.env", false}};

}  // namespace

TEST_CASE("an ignore file is heeded wherever paths come from, and what it does is said", "[ignore]") {
  struct Row {
    const char* name;
    std::vector<std::string> arguments;
    bool committed;
  };
  const Row rows[] = {
      {"tree", {"."}, false},
      {"index", {"--staged"}, false},
      {"range", {"--range", "HEAD~1..HEAD"}, true},
      {"history", {"--history", "--no-cache", "."}, true},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      const TempDir repo;
      fill(repo);
      if (row.committed) git(repo.path(), {"commit", "-qm", "more"});
      const Report heeded = scan(repo, row.arguments);
      CHECK(heeded.muted == kHeeded);
      CHECK(heeded.exit_code == 1);
      const json& ignored = heeded.all["scanned"]["ignored"];
      CHECK(ignored["file"] == ".overreachignore");
      CHECK(ignored["findings_muted"] == 1);
      CHECK(ignored["paths_skipped"] >= 1);
      CHECK(heeded.all["scanned"]["skipped"].dump().find("'vendor/' skips") != std::string::npos);
      std::vector<std::string> arguments = row.arguments;
      arguments.insert(arguments.begin(), "--no-ignore-file");
      const Report unheeded = scan(repo, arguments);
      CHECK(unheeded.muted == kUnheeded);
      CHECK_FALSE(unheeded.all["scanned"].contains("ignored"));
    }
}

TEST_CASE("a muted finding fails nothing, and the text and SARIF reports say that it is muted", "[ignore]") {
  const TempDir dir;
  dir.write("fixtures/a.env", token(2));
  dir.write(".overreachignore", kRules);
  CHECK(scan(dir, {"."}).exit_code == 0);
  const Outcome text = run_process({OVERREACH_BINARY, "scan", ".", "--sarif", "out.sarif"}, dir.path());
  CHECK(text.exit_code == 0);
  CHECK(text.out.find("by .overreachignore:2: made up for tests") != std::string::npos);
  CHECK(text.out.find("0 paths skipped and 1 finding muted by .overreachignore") != std::string::npos);
  std::ifstream file(dir.path() / "out.sarif");
  const json sarif = json::parse(file);
  const json& result = sarif["runs"][0]["results"][0];
  CHECK(result["level"] == "note");
  CHECK(result["properties"]["muted"]["by"] == ".overreachignore:2");
}

TEST_CASE("a finding that also stands where nothing mutes it is not muted", "[ignore]") {
  const TempDir dir;
  dir.write("fixtures/a.env", token(2));
  dir.write("b.env", token(2));
  dir.write(".overreachignore", kRules);
  const Report report = scan(dir, {"."});
  CHECK(report.exit_code == 1);
  CHECK(report.all["findings"].size() == 1);
  CHECK_FALSE(report.all["findings"][0].contains("muted"));
}

TEST_CASE("an ignore file that cannot be understood stops the scan", "[ignore]") {
  const TempDir dir;
  SECTION("a line") {
    dir.write(".overreachignore", "allow everything\n");
    const Outcome outcome = run_process({OVERREACH_BINARY, "scan", "."}, dir.path());
    CHECK(outcome.exit_code == 2);
    CHECK(outcome.err.find(".overreachignore:1: 'allow' is neither") != std::string::npos);
    CHECK(run_process({OVERREACH_BINARY, "scan", "--no-ignore-file", "."}, dir.path()).exit_code == 0);
  }
  SECTION("a link to somewhere else") {
    std::filesystem::create_symlink("/etc/hostname", dir.path() / ".overreachignore");
    CHECK(run_process({OVERREACH_BINARY, "scan", "."}, dir.path()).exit_code == 2);
  }
}
