// gzip inside encoded text.
#pragma once

#include <string>
#include <string_view>

namespace overreach {

constexpr std::size_t kMostGrowth = 20;  // bytes out for one byte in

/// Unpacks a gzip stream to at most kMostGrowth times its size. What is damaged gives nothing and is no error: the
/// bytes only looked like gzip. False when the limit was hit: nothing was unpacked then, either.
bool inflate_gzip(std::string_view packed, std::string& out);

}  // namespace overreach
