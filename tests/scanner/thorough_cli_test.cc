#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "rules/catalog/sample.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

using nlohmann::json;
using overreach::sample;
using overreach::testing::git;
using overreach::testing::Outcome;
using overreach::testing::run_process;
using overreach::testing::TempDir;

namespace {

/// A certain token, a loose one and one that is made to be public.
void fill(const TempDir& repo) {
  git(repo.path(), {"init", "-q", "-b", "main"});
  repo.write("a.env", "SENDGRID_KEY=" + sample(R"(SG\.[0-9A-Za-z]{22}\.[0-9A-Za-z]{43})", 1) + "\n");
  repo.write("b.env", "DIGITALOCEAN_TOKEN=" + sample("[0-9a-f]{64}", 1) + "\n");
  repo.write("c.env", "MAPBOX=" + sample(R"(pk\.eyJ[0-9A-Za-z]{80}\.[0-9A-Za-z]{22})", 1) + "\n");
  git(repo.path(), {"add", "."});
}

std::set<std::string> found(const TempDir& repo, std::vector<std::string> arguments, int& code) {
  std::vector<std::string> command = {OVERREACH_BINARY, "scan", "-q", "--json", "-", "--fail-on", "note"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  const Outcome outcome = run_process(command, repo.path());
  INFO(outcome.err);
  code = outcome.exit_code;
  std::set<std::string> paths;
  const json report = json::parse(outcome.out);
  for (const json& finding : report["findings"]) paths.insert(finding["sites"][0]["path"]);
  return paths;
}

}  // namespace

TEST_CASE("loose kinds and publishable keys are reported only when asked for", "[cli]") {
  const TempDir repo;
  fill(repo);
  int code = 0;
  CHECK(found(repo, {"."}, code) == std::set<std::string>{"a.env"});
  CHECK(found(repo, {"--thorough", "."}, code) == std::set<std::string>{"a.env", "b.env", "c.env"});
  CHECK(found(repo, {"--staged"}, code) == std::set<std::string>{"a.env"});
  CHECK(code == 1);
  CHECK(found(repo, {"--thorough", "b.env"}, code) == std::set<std::string>{"b.env"});
  CHECK(code == 1);
  CHECK(found(repo, {"b.env"}, code).empty());
  CHECK(code == 0);
}
