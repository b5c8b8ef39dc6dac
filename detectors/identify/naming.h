// What a credential is called where it stands.
#pragma once

#include <string>
#include <string_view>

#include "detectors/identify/reading.h"

namespace overreach {

/// The name the secret is assigned to on its line: a variable, key, flag, header, XML attribute
/// or the variable of an `os.environ.get("NAME", "…")`; a bare `value:` takes the `name:` of the
/// line above (Kubernetes, compose, XML). Empty when it has none. At most 80 bytes, [A-Za-z0-9_.-].
std::string assigned_name(std::string_view bytes, const Reading& reading);

}  // namespace overreach
