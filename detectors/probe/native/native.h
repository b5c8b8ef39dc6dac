// Conversations that data cannot describe.
#pragma once

#include <string_view>

#include "detectors/model/reach.h"
#include "detectors/probe/session.h"

namespace overreach {

/// Asks about one token. `session` is open; `upto` is the bound without asking.
using NativeProbe = Reach (*)(Session& session, Powers upto);

struct NativeEntry {
  std::string_view name;  // as in `native:` of a provider file
  NativeProbe run;
  std::string_view request;  // how the plan shows it
};

/// nullptr when there is no such function.
const NativeEntry* native_probe(std::string_view name);

/// AWS: sts:GetCallerIdentity. Needs no permission, and no policy can deny it.
Reach probe_aws(Session& session, Powers upto);

}  // namespace overreach
