// A repository with hooks that call the program.
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/scenarios/scenario.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace overreach::testing {

namespace fs = std::filesystem;
using Json = nlohmann::json;

/// A line with a credential; another one for each seed.
inline std::string leak(unsigned seed) {
  return "export GITHUB_TOKEN=" + Placeholders(seed).value("GITHUB_TOKEN") + "\n";
}

/// A repository whose hooks scan what is about to be committed or pushed, and let git refuse it.
class Guarded {
 public:
  explicit Guarded(const std::vector<std::string>& init = {}) {
    std::vector<std::string> arguments = {"init", "-q", "repo"};
    arguments.insert(arguments.end(), init.begin(), init.end());
    git(dir_.path(), arguments);
    const std::string report = (dir_.path() / "report.json").string();
    write_hook("pre-commit", "--staged", report);
    write_hook("pre-merge-commit", "--staged", report);
    write_hook("pre-push", "--pre-push=\"$1\"", report);
  }

  fs::path root() const { return dir_.path() / "repo"; }
  void write(const std::string& path, const std::string& text) const { dir_.write("repo/" + path, text); }
  std::string run(const std::vector<std::string>& arguments) const { return git(root(), arguments); }

  /// Runs `git commit` with these arguments; true when it was made.
  bool commit(std::vector<std::string> arguments, const std::string& sub = "", const fs::path& work_tree = {}) {
    arguments.insert(arguments.begin(), {"commit", "-qm", "message"});
    return made(arguments, (work_tree.empty() ? root() : work_tree) / sub);
  }

  bool made(const std::vector<std::string>& arguments, const fs::path& where) {
    fs::remove(dir_.path() / "report.json");
    bool done = true;
    try {
      git(where, arguments);
    } catch (const std::runtime_error&) {
      done = false;
    }
    std::ifstream file(dir_.path() / "report.json");
    report_ = file ? Json::parse(file) : Json();
    return done;
  }

  bool push(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "push");
    return made(arguments, root());
  }

  bool asked() const { return !report_.is_null(); }
  int exit_code() const { return report_.at("exit_code"); }
  int commits() const { return report_.at("scanned").at("commits"); }
  std::vector<std::string> notices() const { return report_.at("notices"); }
  int files() const { return report_.at("scanned").at("files"); }
  std::set<std::string> found() const {
    std::set<std::string> out;
    for (const Json& finding : report_.at("findings"))
      for (const Json& site : finding.at("sites")) out.insert(site.at("path"));
    return out;
  }
  std::map<std::string, std::string> skipped() const {
    std::map<std::string, std::string> out;
    for (const Json& item : report_.at("scanned").at("skipped")) out[item.at("path")] = item.at("reason");
    return out;
  }

 private:
  void write_hook(const std::string& name, const std::string& option, const std::string& report) const {
    const std::string command = "exec '" OVERREACH_BINARY "' scan -q " + option + " --json '" + report + "'\n";
    fs::permissions(dir_.write("repo/.git/hooks/" + name, "#!/bin/sh\n" + command), fs::perms::owner_all);
  }

  TempDir dir_;
  Json report_;
};

}  // namespace overreach::testing
