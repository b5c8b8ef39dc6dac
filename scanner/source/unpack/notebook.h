// Jupyter notebooks as text.
#pragma once

#include <string_view>

#include "scanner/source/unpack/inside.h"

namespace overreach {

/// Pushes the source of each cell as "cell-1", and each of its outputs that is text as "cell-1/output-1". False when
/// `bytes` are no notebook after all: nothing was pushed then that would not be read as text anyway.
bool read_notebook(std::string_view bytes, Inside& inside);

}  // namespace overreach
