// One function per command.
#pragma once

#include "scanner/cli/exit_code.h"
#include "scanner/cli/options.h"

namespace overreach {

ExitCode scan_command(const Options& options);
ExitCode probe_command(const Options& options);
ExitCode explain_command(const Options& options);
ExitCode needs_command(const Options& options);
ExitCode cache_command(const Options& options);
ExitCode rules_list_command(const Options& options);
ExitCode rules_show_command(const Options& options);
ExitCode rules_check_command(const Options& options);

}  // namespace overreach
