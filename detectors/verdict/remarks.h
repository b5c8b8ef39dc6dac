// What the uses of a credential say about how it is kept.
#pragma once

#include <vector>

#include "detectors/model/finding.h"

namespace overreach {

/// The remarks on a finding, in the order of their kinds; none on a dead credential. Pure.
std::vector<Remark> remarks_on(const Finding& finding);

}  // namespace overreach
