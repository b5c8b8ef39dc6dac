// Whose certificates are trusted.
#pragma once

#include <string>

namespace overreach {

/// The file with the certificates of the authorities this machine trusts: SSL_CERT_FILE, else Debian's.
std::string trusted_certificates();

}  // namespace overreach
