#include <sys/prctl.h>
#include <sys/resource.h>

#include <csignal>
#include <exception>
#include <iostream>

#include "scanner/base/result.h"
#include "scanner/cli/commands.h"
#include "scanner/cli/options.h"

namespace {

/// The process holds credentials: no core file, no debugger of another process of this user.
void harden_process() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__  // the leak checker attaches to its own process
  prctl(PR_SET_DUMPABLE, 0);
#endif
  std::signal(SIGPIPE, SIG_IGN);
}

overreach::ExitCode run(const overreach::Options& options) {
  if (options.command.starts_with("cache ")) return cache_command(options);
  if (options.command == "rules list") return rules_list_command(options);
  if (options.command == "rules show") return rules_show_command(options);
  if (options.command == "rules check") return rules_check_command(options);
  if (options.command == "probe") return probe_command(options);
  if (options.command == "explain") return explain_command(options);
  if (options.command == "needs") return needs_command(options);
  return scan_command(options);
}

int fail_usage(const char* what) {
  std::cerr << "overreach: " << what << "\n";
  return static_cast<int>(overreach::ExitCode::usage);
}

}  // namespace

int main(int argc, char** argv) try {
  harden_process();
  const overreach::Options options = overreach::parse_options(argc, argv);
  if (options.exit_code >= 0) return options.exit_code;
  return static_cast<int>(run(options));
} catch (const overreach::UsageError& error) {
  return fail_usage(error.what());
} catch (const overreach::RuleError& error) {
  return fail_usage(error.what());
} catch (const std::exception& error) {
  // A bug or an exhausted machine: say so, and never look like a clean scan.
  std::cerr << "overreach: internal error: " << error.what() << "\n";
  return static_cast<int>(overreach::ExitCode::incomplete);
}
