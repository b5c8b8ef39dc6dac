// Keys and certificates that are made when a test runs.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace overreach::testing {

/// A private key and the certificate for it.
struct Certified {
  std::string key_pem;  // PKCS #8
  std::string certificate_pem;
  std::string certificate_der;
};

/// A certificate authority of one test.
class Authority {
 public:
  /// `bits`: of each RSA key.
  explicit Authority(const std::string& name, unsigned bits = 2048);
  ~Authority();
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

  /// Its own, signed by itself.
  const Certified& own() const;
  /// For a server on 127.0.0.1 and localhost.
  Certified server() const;
  /// For a client; `organization` may be empty. Ends `days` from now.
  Certified client(const std::string& common_name, const std::string& organization, int days = 30) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// RSASSA-PKCS1-v1_5 with SHA-256 over `text`, as bytes.
std::string rs256(const std::string& key_pem, std::string_view text);

/// True when `signature` is one of `text` by the key of the certificate.
bool rs256_holds(const std::string& certificate_pem, std::string_view text, std::string_view signature);

/// header.claims.signature; both parts are JSON texts.
std::string signed_jwt(const std::string& key_pem, std::string_view header, std::string_view claims);

/// bcrypt, as htpasswd files hold it.
std::string bcrypt(const std::string& password);

}  // namespace overreach::testing
