// How bad one power beyond the need is.
#pragma once

#include "detectors/model/finding.h"
#include "rules/catalog/provider.h"

namespace overreach {

/// The environment a grant reaches: what its place says, else production when the provider
/// listed something in production that lies there, else `otherwise`.
Environment environment_of(const Grant& grant, const Powers& reach, Environment otherwise);

/// As weigh(); `otherwise` is the environment the token itself carries (`sk_live_`).
Excess weigh_in(const Grant& grant, const Powers& reach, const Provider& provider, Environment otherwise);

/// As excess(), with the environment the token itself carries.
std::vector<Excess> excess_in(const Powers& reach, const Need& need, const Provider& provider, Environment otherwise);

/// `severity` lowered by `steps`, not below `least`.
Severity lower(Severity severity, int steps, Severity least);

}  // namespace overreach
