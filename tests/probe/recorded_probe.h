// Runs a recorded conversation against a provider file.
#pragma once

#include <string>
#include <vector>

#include "detectors/model/reach.h"
#include "detectors/model/token.h"
#include "rules/catalog/provider.h"
#include "tests/support/replay_transport.h"

namespace overreach::testing {

/// The provider file of the tree. Throws std::runtime_error with its errors.
Provider load_provider(const std::string& id);

/// A token whose secret is literally "{token}".
Token placeholder_token(const std::string& provider, std::vector<std::string> kinds);

/// The token that the settings of a recording describe.
Token token_of(const Recording& recording, const Provider& provider);

/// What a recording says about `reach` and is not so, one sentence each.
std::vector<std::string> differences(const Recording& recording, const Reach& reach);

/// "volume.destroy proven environment production, volume data"
std::string grant_text(const Grant& grant);

}  // namespace overreach::testing
