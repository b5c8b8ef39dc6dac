// Credentials that were laid out to be found.
#pragma once

#include <string>

#include "detectors/model/token.h"

namespace overreach {

/// Whose tripwire this is, as far as the form of the credential says ("canarytokens.org"): whoever uses it raises an
/// alarm, and it can do nothing else. Empty: none that is known.
std::string canary_service(const Token& token);

/// The sentence for the reader.
std::string canary_note(const std::string& service);

}  // namespace overreach
