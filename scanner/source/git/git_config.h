// The few settings that decide how a repository is to be read.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "scanner/base/result.h"

namespace overreach {

/// Calls visit("section.subsection.name", value) for every setting of a git configuration file, in order; section and
/// name in lower case, sub-section as written. A name without '=' has the value "true". Includes are not followed: what
/// decides the format of a repository may not come from elsewhere. Error (malformed) with the line, after what could be
/// read has been visited.
Result<void> for_each_setting(std::string_view text,
                              const std::function<void(const std::string& name, const std::string& value)>& visit);

/// Git's idea of a boolean.
bool is_true(std::string_view value);

}  // namespace overreach
