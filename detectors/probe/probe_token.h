// Asks about one token, with its provider file at hand.
#pragma once

#include "detectors/model/reach.h"
#include "detectors/probe/probe.h"

namespace overreach {

/// True when the provider file says how to ask about a token of these kinds.
bool can_be_asked(const Token& token, const Provider& provider);

/// `upto` is the bound without asking. Never throws.
Reach probe_token(const Token& token, const Provider& provider, Powers upto, Transport& transport,
                  const ProbeOptions& options);

}  // namespace overreach
