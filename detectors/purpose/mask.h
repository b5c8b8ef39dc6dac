// Keeps credentials out of evidence.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "detectors/model/token.h"

namespace overreach::purpose {

/// Replaces every secret of every token, raw, percent-encoded, JSON-escaped and in base64, by its masked form.
class Masker {
 public:
  explicit Masker(std::span<const Token> tokens);

  /// `line` trimmed, masked, without control characters or broken UTF-8, at most 160 bytes.
  std::string line(std::string_view line) const;
  /// All occurrences replaced.
  std::string text(std::string_view text) const;

 private:
  void add(std::string_view secret, const std::string& masked);

  std::vector<std::pair<Secret, std::string>> forms_;  // longest first
};

}  // namespace overreach::purpose
