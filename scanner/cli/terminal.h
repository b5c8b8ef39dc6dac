// What standard output can show.
#pragma once

#include "reports/format/report.h"
#include "scanner/cli/options.h"

namespace overreach {

/// Colour, links, width and characters, from the options, the environment (NO_COLOR, CLICOLOR_FORCE, TERM, the locale)
/// and the terminal, if there is one.
TextStyle terminal_style(const OutputOptions& output);

}  // namespace overreach
