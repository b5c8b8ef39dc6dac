// A YAML or JSON document as a small tree.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scanner/base/result.h"

namespace overreach::purpose {

/// One value of a document. Nesting beyond 64 levels is cut off.
struct Document {
  std::string text;          // scalar: its value; else empty
  bool block = false;        // scalar: written as a block (`|`), content begins on the next line
  std::uint32_t line = 0;    // 1-based
  std::uint32_t offset = 0;  // byte
  std::vector<std::pair<std::string, Document>> members;
  std::vector<Document> items;

  const Document* member(std::string_view key) const;
  /// Text of a scalar member, else "".
  std::string_view text_of(std::string_view key) const;
};

/// Reads the first document. Error when it cannot be parsed in time.
Result<Document> read_document(std::string_view source);

}  // namespace overreach::purpose
