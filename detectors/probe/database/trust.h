// Whose certificates are trusted.
#pragma once

#include <string>

#include "detectors/probe/curl_exchange.h"

namespace overreach {

/// The authorities of the environment, as for HTTPS; where it names no file, Debian's.
Authorities trusted_authorities();

/// The same in one file, for a library that reads no directory. The file is in memory, and gone with this object.
class AuthoritiesFile {
 public:
  explicit AuthoritiesFile(const Authorities& authorities);
  ~AuthoritiesFile();
  AuthoritiesFile(const AuthoritiesFile&) = delete;
  AuthoritiesFile& operator=(const AuthoritiesFile&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
  int memory_ = -1;
};

}  // namespace overreach
