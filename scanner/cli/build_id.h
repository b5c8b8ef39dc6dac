// Which program this is.
#pragma once

#include <string>

namespace overreach {

/// The id that the linker gave to this executable: another one for every change of the code. Falls back to the version
/// where the linker gave none.
std::string build_id();

}  // namespace overreach
