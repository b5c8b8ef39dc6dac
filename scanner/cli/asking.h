// Asking providers, as the command line wants it.
#pragma once

#include <span>
#include <vector>

#include "detectors/model/token.h"
#include "rules/catalog/catalog.h"
#include "scanner/cli/options.h"

namespace overreach {

/// Throws UsageError for a provider that no rule file has: a typing error, not an empty answer.
void check_providers(const NetworkOptions& network, const Catalog& catalog);

/// What would be sent, on standard output. Sends nothing.
void print_plan(std::span<const Token> tokens, const Catalog& catalog, const NetworkOptions& network);

/// The reach of each token: those that --probe names are asked about, the others are bounded by what is documented. On
/// a terminal the user is asked first, and sees the hosts, unless --yes; whoever says no gets the bounds. Throws
/// UsageError when there is no network library, or the log of --probe-log cannot be written.
std::vector<Reach> reaches(std::span<const Token> tokens, const Catalog& catalog, const NetworkOptions& network,
                           bool quiet);

}  // namespace overreach
