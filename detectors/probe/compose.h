// From a step to the request that is sent.
#pragma once

#include <map>
#include <string>

#include "detectors/probe/conversation.h"

namespace overreach {

/// What placeholders stand for: variables of `item` (may be null), companions of the token and,
/// `with_secret`, the credential and its secret companions.
Lookup values_of(const Session& session, const Item* item, bool with_secret);

/// The request of `step` for `item` (null: not in a loop). `cursor`: of the next page, or empty for
/// the first. `accepted`: headers for a step without its own. An Error when a value is missing
/// or the URL leads where this token may not go. Credentials stand in headers and POST bodies
/// only, never in a URL or a GraphQL variable.
Result<PreparedCall> compose(const Session& session, const ProbeStep& step, const Item* item, const std::string& cursor,
                             const std::map<std::string, std::string>& accepted);

/// Cursor of the page after this one; empty when this is the last.
std::string next_page(const ProbeStep& step, const Answer& answer);

}  // namespace overreach
