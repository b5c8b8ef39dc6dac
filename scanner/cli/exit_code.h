// What the process tells its caller.
#pragma once

namespace overreach {

/// Process exit codes. README.md has the same table.
enum class ExitCode : int {
  clean = 0,       // nothing at or above the gate
  findings = 1,    // at least one finding at or above --fail-on
  usage = 2,       // bad command line, configuration or rule file
  incomplete = 3,  // something that should have been scanned was not
  unprobed = 4,    // --probe was asked for and some provider gave no answer
};

}  // namespace overreach
