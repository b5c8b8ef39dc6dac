// What a finding says in words.
#pragma once

#include <string>

#include "detectors/model/finding.h"
#include "rules/catalog/provider.h"

namespace overreach {

/// "Railway account token": the provider and the kind, as far as it is known.
std::string subject(const Finding& finding, const Provider& provider);

/// One sentence: what it is for, what it can do, in that order. `capped` says that the excess is
/// proven, but a use that could not be read may need it.
std::string headline(const Finding& finding, const Provider& provider, bool capped);

/// "a", "a and b", "a, b and 3 more".
std::string list(const std::vector<std::string>& items, std::size_t most);

}  // namespace overreach
