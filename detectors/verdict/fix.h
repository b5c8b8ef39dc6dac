// What a person does about a finding.
#pragma once

#include "detectors/model/finding.h"
#include "rules/catalog/provider.h"

namespace overreach {

/// The way out, from the provider's own kinds: the narrowest one that still covers the need,
/// where to make it, where to put it, and what only a gate can stop.
Fix fix_for(const Finding& finding, const Provider& provider);

/// True when the provider issues nothing narrower that would still do what the token is needed for.
bool is_narrowest(const Finding& finding, const Provider& provider);

}  // namespace overreach
