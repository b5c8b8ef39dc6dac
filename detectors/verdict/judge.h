// Reach minus need: pure functions, no I/O.
#pragma once

#include <vector>

#include "detectors/model/finding.h"
#include "rules/catalog/provider.h"

namespace overreach {

/// The grants of `reach` that `need` does not ask for, worst first.
std::vector<Excess> excess(const Powers& reach, const Need& need, const Provider& provider);

/// Severity of one grant beyond the need, with the reasons in words.
Excess weigh(const Grant& grant, const Powers& reach, const Provider& provider);

/// Everything together.
Finding judge(Token token, Reach reach, Need need, const Provider& provider);

/// Worst first: severity, verdict, provider, id.
void sort_findings(std::vector<Finding>& findings);

}  // namespace overreach
