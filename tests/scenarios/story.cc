// overreach-story: replays the PocketOS story against a scripted Railway on the loopback
// interface, with generated credentials, and prints what overreach says. ci/quickstart runs it.
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>

#include "tests/scenarios/railway_server.h"
#include "tests/scenarios/scenario.h"
#include "tests/support/process.h"

using namespace overreach::testing;

int main() try {
  const Scenario scenario("pocketos");
  const RailwayServer railway(pocketos_world(scenario));
  std::vector<std::string> environment = {"HOME=" + scenario.home().string(), "LANG=C.UTF-8"};
  for (const char* name : {"NO_COLOR", "TERM"})
    if (const char* value = std::getenv(name)) environment.push_back(std::string(name) + "=" + value);
  const bool colour = isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;

  std::cout << "A car-rental company's repository, a coding agent about to start on it, and a Railway that runs on\n"
               "this machine. Every credential was generated a moment ago.\n\n"
               "$ overreach scan --history --probe=railway --gates gates\n\n"
            << std::flush;
  const Outcome outcome =
      run_process({OVERREACH_BINARY, "scan", "--history", "--probe=railway", "--endpoint", "railway=" + railway.url(),
                   "--gates", (scenario.home() / "gates").string(), "--color", colour ? "always" : "never"},
                  scenario.root().string(), {}, environment);
  std::cout << outcome.out << outcome.err << "\nexit code " << outcome.exit_code << "; the scripted Railway answered "
            << railway.requests().size() << " read-only requests and saw " << railway.violations().size()
            << " attempts to write\n";
  std::cout << "\nThe gates that were written:\n";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(scenario.home() / "gates"))
    if (entry.is_regular_file())
      std::cout << "  " << entry.path().lexically_relative(scenario.home()).string() << "  " << entry.file_size()
                << " bytes\n";
  return outcome.exit_code == 1 && railway.violations().empty() ? EXIT_SUCCESS : EXIT_FAILURE;
} catch (const std::exception& error) {
  std::cerr << "overreach-story: " << error.what() << "\n";
  return EXIT_FAILURE;
}
