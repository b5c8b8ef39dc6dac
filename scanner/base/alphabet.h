// The characters that credentials are made of.
#pragma once

#include <array>

namespace overreach {

/// A table, because it is asked for every character of a run.
inline constexpr std::array<bool, 256> kIsBase64 = [] {
  std::array<bool, 256> out{};
  for (unsigned c = 0; c < 256; ++c)
    out[c] = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '+' || c == '/' ||
             c == '_' || c == '-';
  return out;
}();

/// True for [0-9A-Za-z+/_-].
inline bool is_base64(char c) { return kIsBase64[static_cast<unsigned char>(c)]; }

/// True for [0-9A-Za-z].
inline bool is_plain(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

/// True for [0-9A-Za-z+/_.%=~-].
inline bool is_token(char c) { return is_base64(c) || c == '.' || c == '%' || c == '=' || c == '~'; }

}  // namespace overreach
