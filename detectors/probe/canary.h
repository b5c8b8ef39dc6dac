// Credentials that were laid out to be found.
#pragma once

#include <span>
#include <string>

#include "detectors/model/token.h"

namespace overreach {

/// Whose tripwire this is, as far as the form of the credential says ("canarytokens.org"): whoever uses it raises an
/// alarm, and it can do nothing else. `accounts`: AWS accounts that hold nothing but tripwires, as the user said.
/// Empty: none that is known.
std::string canary_service(const Token& token, std::span<const std::string> accounts = {});

/// The sentence for the reader.
std::string canary_note(const std::string& service);

}  // namespace overreach
