// One finding as a SARIF result.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "detectors/model/finding.h"

namespace overreach {

/// The base that result paths are relative to; the name that other code scanning tools use.
inline constexpr std::string_view kSourceRoot = "%SRCROOT%";

/// Text as a SARIF message: one line without control characters, and with the brackets escaped
/// that would make an embedded link (SARIF 2.1.0, 3.11.6).
std::string sarif_text(std::string_view text);

/// The finding at its first site; every other site and each step to its use is a related
/// location that the message can link to.
nlohmann::ordered_json sarif_result(const Finding& finding);

/// A remark on the finding, as a result of its own.
nlohmann::ordered_json sarif_result(const Finding& finding, const Remark& remark);

}  // namespace overreach
