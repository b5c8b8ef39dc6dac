// Running a program and reading what it says.
#pragma once

#include <string>
#include <vector>

namespace overreach::testing {

struct Outcome {
  int exit_code = 0;  // 128 + signal when it was killed
  std::string out;
  std::string err;
};

/// Runs argv[0] (a path or a name on PATH) in `directory` with `input` on standard input and exactly
/// the environment `environment` ("NAME=value") plus PATH. Waits for its end.
Outcome run_process(const std::vector<std::string>& argv, const std::string& directory = ".",
                    const std::string& input = {}, const std::vector<std::string>& environment = {});

/// Runs git in `directory`, away from the user's configuration, with fixed author and dates
/// (`day` counts days from 2026-01-01). Throws with git's words when it fails; returns its output.
std::string git(const std::string& directory, const std::vector<std::string>& arguments, int day = 0);

}  // namespace overreach::testing
