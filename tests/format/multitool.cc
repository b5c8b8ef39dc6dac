#include "tests/format/multitool.h"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/format/support.h"

namespace overreach {
namespace {

namespace fs = std::filesystem;

/// npm runs no install scripts here, so the program is not executable where it lies: a copy is.
fs::path validator() {
  const fs::path source = fs::path(OVERREACH_NPM) / "@microsoft/sarif-multitool-linux/Sarif.Multitool";
  INFO("the npm packages of ci/npm must be installed: " << source);
  REQUIRE(fs::exists(source));
  const fs::path copy = fs::path(OVERREACH_TEST_DIR) / "Sarif.Multitool";
  std::error_code none;
  if (fs::file_size(copy, none) == fs::file_size(source)) return copy;
  // Tests run side by side: each copies under its own name, the last rename wins.
  const fs::path mine = copy.string() + "." + std::to_string(getpid());
  fs::copy_file(source, mine, fs::copy_options::overwrite_existing);
  fs::permissions(mine, fs::perms::owner_all);
  fs::rename(mine, copy);
  return copy;
}

}  // namespace

std::vector<std::string> validate_sarif(const std::string& sarif) {
  const fs::path base = fs::path(OVERREACH_TEST_DIR) / ("validate." + std::to_string(getpid()));
  const fs::path input = base.string() + ".sarif";
  const fs::path output = base.string() + ".out.sarif";
  std::ofstream(input, std::ios::binary) << sarif;
  // Without the invariant mode the program wants ICU, which a small system does not have.
  const std::string command = "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 '" + validator().string() + "' validate '" +
                              input.string() +
                              "' --config '" OVERREACH_SOURCE_DIR
                              "/tests/format/sarif-validation.xml' --rule-kind 'Sarif;Ghas' "
                              "--level 'Error;Warning;Note' --output '" +
                              output.string() + "' --log ForceOverwrite --quiet >/dev/null 2>&1";
  const int status = std::system(command.c_str());
  INFO(command);
  REQUIRE(WIFEXITED(status));
  // 0: no error found, 1: some; the log tells them from a failure of the validator itself.
  REQUIRE(WEXITSTATUS(status) <= 1);
  const nlohmann::json log = nlohmann::json::parse(read_file(output.string()));
  const nlohmann::json& run = log.at("runs").at(0);
  CHECK(run.at("invocations").at(0).at("executionSuccessful") == true);
  std::vector<std::string> said;
  for (const nlohmann::json& result : run.value("results", nlohmann::json::array()))
    said.push_back(result.value("level", "warning") + " " + result.at("ruleId").get<std::string>() + ": " +
                   result.at("message").dump());
  fs::remove(input);
  fs::remove(output);
  return said;
}

}  // namespace overreach
