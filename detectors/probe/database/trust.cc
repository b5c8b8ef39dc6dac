#include "detectors/probe/database/trust.h"

#include <cstdlib>

namespace overreach {

std::string trusted_certificates() {
  const char* file = std::getenv("SSL_CERT_FILE");  // NOLINT(concurrency-mt-unsafe): nothing here sets variables
  return file != nullptr && *file != '\0' ? file : "/etc/ssl/certs/ca-certificates.crt";
}

}  // namespace overreach
