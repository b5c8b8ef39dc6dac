// The SARIF validator of the npm package sarif-multitool, as the tests call it.
#pragma once

#include <string>
#include <vector>

namespace overreach {

/// Validates a SARIF text with the rules of the standard and of GitHub code scanning, and returns
/// what the validator says, notes included: "error SARIF1007: ...". Fails the test when the
/// validator is not there or does not run to its end.
std::vector<std::string> validate_sarif(const std::string& sarif);

}  // namespace overreach
