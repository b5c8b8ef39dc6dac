// The rules, taxonomies and notifications that every SARIF run declares.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "detectors/model/finding.h"

namespace overreach {

/// Code scanning reads the severity of an alert from its *rule*, so each verdict is a family of
/// rules with one rule per severity: `OVR2001` is a proven overreach that is critical, `OVR2003`
/// a medium one.
///
/// | family | verdict |
/// |---|---|
/// | OVR10xx | fits: exposed, but no wider than its purpose |
/// | OVR11xx | dead |
/// | OVR20xx | overreach, proven |
/// | OVR21xx | may-overreach, documented or decoded |
/// | OVR30xx | unknown |
std::string sarif_rule_id(Verdict verdict, Severity severity);

/// Its index in sarif_rules().
std::size_t sarif_rule_index(Verdict verdict, Severity severity);

/// | OVR4001 | no code uses it |
/// | OVR4002 | two environments or services share it |
/// | OVR4003 | for production, used by tests and staging only |
/// | OVR4004, OVR4005, OVR4006 | its owner's declaration is wider than the code, narrower, or has expired |
std::string sarif_rule_id(Remark::Kind kind);
std::size_t sarif_rule_index(Remark::Kind kind);

/// "error", "warning" or "note".
std::string_view sarif_level(Severity severity);

/// All rules, always the same, whatever was found.
nlohmann::ordered_json sarif_rules();

/// CWE and the OWASP list for non-human identities, as far as the rules refer to them.
nlohmann::ordered_json sarif_taxonomies();

/// What a run says about itself. The index of an id in sarif_notifications() is its value.
enum class SarifNotice : std::uint8_t {
  not_read,         // the scan promised to read it and could not
  skipped,          // left out on purpose
  about_the_run,    // a probe that failed, a shallow clone
  results_dropped,  // more results than a code scanning service takes
};
std::string_view sarif_notice_id(SarifNotice notice);
nlohmann::ordered_json sarif_notifications();

}  // namespace overreach
