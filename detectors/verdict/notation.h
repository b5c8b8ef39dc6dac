// The notations in which providers take privileges: one function each, found by name.
#pragma once

#include "detectors/verdict/least.h"

namespace overreach {

/// Fills `paste` and `notes` of `least` from its words, in the notation that `least.form` names.
void write_notation(LeastPrivilege& least);

}  // namespace overreach
