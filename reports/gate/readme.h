// The README that lies beside the gate files.
#pragma once

#include <span>
#include <string>

#include "reports/gate/plan.h"

namespace overreach {

/// README.md of the gates directory: what each file is, what it stops, what it does not, how to install it.
std::string gates_readme(std::span<const GatePlan> plans);

}  // namespace overreach
