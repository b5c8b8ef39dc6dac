#include "scanner/match/regex.h"

#include "scanner/base/result.h"

namespace overreach {

std::unique_ptr<re2::RE2> compile_regex(std::string_view pattern) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  auto regex = std::make_unique<re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
  if (!regex->ok()) throw RuleError("pattern '" + std::string(pattern) + "': " + regex->error());
  return regex;
}

}  // namespace overreach
