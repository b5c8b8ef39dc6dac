// Certificates that exist for one test run.
#pragma once

#include <openssl/ssl.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "scanner/base/handle.h"

namespace overreach::testing {

using PrivateKey = Handle<EVP_PKEY, EVP_PKEY_free>;
using Certificate = Handle<X509, X509_free>;
/// What a server shows and keeps: chain, key, and the protocols it speaks.
using TlsIdentity = std::shared_ptr<SSL_CTX>;

/// Signs certificates. Nothing trusts it but who is given its own certificate. Throws std::runtime_error.
class TestAuthority {
 public:
  explicit TestAuthority(std::string name = "overreach test authority");

  /// For `names` ("DNS:localhost", "IP:127.0.0.1"), valid from `from` to `until`, in seconds from now.
  TlsIdentity issue(const std::vector<std::string>& names, long from = -3600, long until = 3600) const;

  /// Its certificate as PEM.
  void write(const std::filesystem::path& path) const;

 private:
  std::string name_;
  PrivateKey key_;
  Certificate certificate_;
};

}  // namespace overreach::testing
