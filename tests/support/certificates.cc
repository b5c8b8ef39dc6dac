#include "tests/support/certificates.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <stdexcept>

namespace overreach::testing {
namespace {

void must(bool done, const char* what) {
  if (!done) throw std::runtime_error(std::string("cannot make a certificate: ") + what);
}

PrivateKey new_key() {
  PrivateKey key(EVP_EC_gen("P-256"));
  must(key != nullptr, "key");
  return key;
}

void extend(X509& certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, &certificate, nullptr, nullptr, 0);
  const Handle<X509_EXTENSION, X509_EXTENSION_free> extension(
      X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  must(extension != nullptr && X509_add_ext(&certificate, extension.get(), -1) == 1, "extension");
}

Certificate unsigned_certificate(EVP_PKEY* key, const char* subject, const char* issuer, long from, long until) {
  static long serial = 1;
  Certificate out(X509_new());
  must(out != nullptr, "memory");
  X509_set_version(out.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(out.get()), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(out.get()), from);
  X509_gmtime_adj(X509_getm_notAfter(out.get()), until);
  X509_set_pubkey(out.get(), key);
  const auto name = [](X509_NAME* where, const char* text) {
    X509_NAME_add_entry_by_txt(where, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(text), -1, -1, 0);
  };
  name(X509_get_subject_name(out.get()), subject);
  name(X509_get_issuer_name(out.get()), issuer);
  return out;
}

}  // namespace

TestAuthority::TestAuthority(std::string name)
    : name_(std::move(name)),
      key_(new_key()),
      certificate_(unsigned_certificate(key_.get(), name_.c_str(), name_.c_str(), -7200, 7200)) {
  extend(*certificate_, certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
  extend(*certificate_, certificate_.get(), NID_key_usage, "critical,keyCertSign");
  must(X509_sign(certificate_.get(), key_.get(), EVP_sha256()) > 0, "signature");
}

TlsIdentity TestAuthority::issue(const std::vector<std::string>& names, long from, long until) const {
  const PrivateKey key = new_key();
  const Certificate leaf = unsigned_certificate(key.get(), "test server", name_.c_str(), from, until);
  std::string alternative;
  for (const std::string& name : names) alternative += (alternative.empty() ? "" : ",") + name;
  extend(*leaf, certificate_.get(), NID_subject_alt_name, alternative);
  must(X509_sign(leaf.get(), key_.get(), EVP_sha256()) > 0, "signature");
  TlsIdentity identity(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  must(identity != nullptr && SSL_CTX_use_certificate(identity.get(), leaf.get()) == 1 &&
           SSL_CTX_use_PrivateKey(identity.get(), key.get()) == 1,
       "server");
  return identity;
}

void TestAuthority::write(const std::filesystem::path& path) const {
  const Handle<std::FILE, std::fclose> file(std::fopen(path.c_str(), "w"));
  must(file != nullptr && PEM_write_X509(file.get(), certificate_.get()) == 1, "file");
}

}  // namespace overreach::testing
