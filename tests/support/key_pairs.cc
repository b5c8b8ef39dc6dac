#include "tests/support/key_pairs.h"

#include <crypt.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <stdexcept>

#include "scanner/base/handle.h"
#include "tests/support/encode.h"

namespace overreach::testing {
namespace {

using Key = Handle<EVP_PKEY, EVP_PKEY_free>;
using Certificate = Handle<X509, X509_free>;
using Memory = Handle<BIO, BIO_free_all>;
using DigestContext = Handle<EVP_MD_CTX, EVP_MD_CTX_free>;

void need(bool done, const char* what) {
  if (!done) throw std::runtime_error(std::string("cannot ") + what);
}

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<std::size_t>(size));
}

std::string pem_of(EVP_PKEY* key) {
  const Memory out(BIO_new(BIO_s_mem()));
  need(PEM_write_bio_PKCS8PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1, "write a key");
  return text_of(out.get());
}

std::string pem_of(X509* certificate) {
  const Memory out(BIO_new(BIO_s_mem()));
  need(PEM_write_bio_X509(out.get(), certificate) == 1, "write a certificate");
  return text_of(out.get());
}

std::string der_of(X509* certificate) {
  const Memory out(BIO_new(BIO_s_mem()));
  need(i2d_X509_bio(out.get(), certificate) == 1, "write a certificate");
  return text_of(out.get());
}

void extend(X509* certificate, X509* issuer, int id, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Handle<X509_EXTENSION, X509_EXTENSION_free> extension(X509V3_EXT_conf_nid(nullptr, &context, id, value));
  need(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1, "extend a certificate");
}

void set_name(X509* certificate, const std::string& common_name, const std::string& organization) {
  X509_NAME* name = X509_get_subject_name(certificate);
  if (!organization.empty()) X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, bytes(organization), -1, -1, 0);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, bytes(common_name), -1, -1, 0);
}

Certificate blank(EVP_PKEY* key, const std::string& common_name, const std::string& organization, int days) {
  static long serial = 1;
  Certificate out(X509_new());
  X509_set_version(out.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(out.get()), serial++);
  X509_gmtime_adj(X509_getm_notBefore(out.get()), -86'400);
  X509_gmtime_adj(X509_getm_notAfter(out.get()), 86'400L * days);
  X509_set_pubkey(out.get(), key);
  set_name(out.get(), common_name, organization);
  return out;
}

Key key_from(const std::string& pem) {
  const Memory in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  Key key(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr));
  need(key != nullptr, "read a key");
  return key;
}

}  // namespace

struct Authority::Impl {
  unsigned bits = 2048;
  Key key;
  Certificate certificate;
  Certified own;

  Key make_key() const {
    Key made(EVP_RSA_gen(bits));
    need(made != nullptr, "make a key");
    return made;
  }

  Certified finish(const Key& subject, const Certificate& made) const {
    need(X509_sign(made.get(), key.get(), EVP_sha256()) > 0, "sign a certificate");
    return {
        .key_pem = pem_of(subject.get()), .certificate_pem = pem_of(made.get()), .certificate_der = der_of(made.get())};
  }
};

Authority::Authority(const std::string& name, unsigned bits) : impl_(std::make_unique<Impl>()) {
  impl_->bits = bits;
  impl_->key = impl_->make_key();
  impl_->certificate = blank(impl_->key.get(), name, {}, 365);
  X509* own = impl_->certificate.get();
  X509_set_issuer_name(own, X509_get_subject_name(own));
  extend(own, own, NID_basic_constraints, "critical,CA:TRUE");
  extend(own, own, NID_key_usage, "critical,keyCertSign,digitalSignature");
  extend(own, own, NID_subject_key_identifier, "hash");
  impl_->own = impl_->finish(impl_->key, impl_->certificate);
}

Authority::~Authority() = default;

const Certified& Authority::own() const { return impl_->own; }

Certified Authority::server() const {
  const Key key = impl_->make_key();
  const Certificate made = blank(key.get(), "localhost", {}, 30);
  X509_set_issuer_name(made.get(), X509_get_subject_name(impl_->certificate.get()));
  extend(made.get(), impl_->certificate.get(), NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
  extend(made.get(), impl_->certificate.get(), NID_ext_key_usage, "serverAuth");
  return impl_->finish(key, made);
}

Certified Authority::client(const std::string& common_name, const std::string& organization, int days) const {
  const Key key = impl_->make_key();
  const Certificate made = blank(key.get(), common_name, organization, days);
  X509_set_issuer_name(made.get(), X509_get_subject_name(impl_->certificate.get()));
  extend(made.get(), impl_->certificate.get(), NID_ext_key_usage, "clientAuth");
  return impl_->finish(key, made);
}

std::string rs256(const std::string& key_pem, std::string_view text) {
  const Key key = key_from(key_pem);
  const DigestContext context(EVP_MD_CTX_new());
  std::size_t size = 0;
  need(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
           EVP_DigestSign(context.get(), nullptr, &size, bytes(text), text.size()) == 1,
       "sign");
  std::string out(size, '\0');
  need(
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, bytes(text), text.size()) == 1,
      "sign");
  out.resize(size);
  return out;
}

bool rs256_holds(const std::string& certificate_pem, std::string_view text, std::string_view signature) {
  const Memory in(BIO_new_mem_buf(certificate_pem.data(), static_cast<int>(certificate_pem.size())));
  const Certificate certificate(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
  need(certificate != nullptr, "read a certificate");
  const DigestContext context(EVP_MD_CTX_new());
  return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, X509_get0_pubkey(certificate.get())) ==
             1 &&
         EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(text), text.size()) == 1;
}

std::string signed_jwt(const std::string& key_pem, std::string_view header, std::string_view claims) {
  const std::string text = base64(header, true) + "." + base64(claims, true);
  return text + "." + base64(rs256(key_pem, text), true);
}

std::string bcrypt(const std::string& password) {
  char salt[CRYPT_GENSALT_OUTPUT_SIZE];
  need(crypt_gensalt_rn("$2b$", 5, nullptr, 0, salt, sizeof salt) != nullptr, "make a salt");
  crypt_data data{};
  const char* hashed = crypt_r(password.c_str(), salt, &data);
  need(hashed != nullptr && hashed[0] == '$', "hash a password");
  return hashed;
}

}  // namespace overreach::testing
