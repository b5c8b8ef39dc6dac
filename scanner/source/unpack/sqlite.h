// SQLite databases as text.
#pragma once

#include <string>

#include "scanner/source/unpack/inside.h"

namespace overreach {

/// Pushes every table as a text: a row is `column=value`, tab, `column=value`, and a line break. Values of bytes that
/// are a container of their own are pushed as files. `bytes` is the whole database; it is not changed, though it is
/// given to SQLite. Nothing outside of memory is touched: no lock, no journal, no temporary file.
void read_sqlite(std::string& bytes, Inside& inside);

}  // namespace overreach
