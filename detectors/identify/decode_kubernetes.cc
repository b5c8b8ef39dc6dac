// Credentials of Kubernetes say who they are: tokens of service accounts are JSON web tokens, client certificates name
// a user (CN) and its groups (O). Members of system:masters may do everything, and no role can take it from them.
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>

#include "detectors/identify/decode.h"
#include "detectors/identify/encoding.h"
#include "scanner/base/handle.h"

namespace overreach {
namespace {

using Certificate = Handle<X509, X509_free>;
using Memory = Handle<BIO, BIO_free_all>;

constexpr std::string_view kAccount = "system:serviceaccount:";

Certificate certificate_of(const Token& token) {
  const Companion* text = token.companion("certificate");
  const auto pem = text == nullptr ? std::nullopt : base64_decode(text->value.reveal());
  if (!pem) return nullptr;
  const Memory in(BIO_new_mem_buf(pem->data(), static_cast<int>(pem->size())));
  return Certificate(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
}

/// Values of one part of the subject, such as the organizations, which are groups.
std::vector<std::string> names_in(X509* certificate, int part) {
  std::vector<std::string> out;
  X509_NAME* subject = X509_get_subject_name(certificate);
  for (int i = -1; (i = X509_NAME_get_index_by_NID(subject, part, i)) >= 0;) {
    const ASN1_STRING* value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, i));
    out.push_back(plain({reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                         static_cast<std::size_t>(ASN1_STRING_length(value))}));
  }
  return out;
}

std::string end_of(X509* certificate) {
  std::tm end{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1) return {};
  return iso_time(timegm(&end));
}

}  // namespace

void decode_kubernetes_account(const TokenRule& rule, const Provider& provider, Token& token) {
  decode_jwt(rule, provider, token);
  const auto subject = token.facts.find("subject");
  if (subject == token.facts.end() || subject->second.rfind(kAccount, 0) != 0) return;
  const std::string name = subject->second.substr(kAccount.size());
  const std::size_t colon = name.find(':');
  if (colon == std::string::npos) return;
  token.facts["namespace"] = name.substr(0, colon);
  token.facts["service_account"] = name.substr(colon + 1);
  decoded_of(token).identity = "service account " + name.substr(colon + 1) + " of namespace " + name.substr(0, colon);
}

void decode_kubernetes_certificate(const TokenRule&, const Provider& provider, Token& token) {
  const Certificate certificate = certificate_of(token);
  if (certificate == nullptr) return;
  std::string identity;
  for (const std::string& name : names_in(certificate.get(), NID_commonName)) identity = "user " + name;
  const std::vector<std::string> groups = names_in(certificate.get(), NID_organizationName);
  for (std::size_t i = 0; i < groups.size(); ++i) identity += (i == 0 ? " in group " : ", ") + groups[i];
  const bool masters = std::find(groups.begin(), groups.end(), "system:masters") != groups.end();
  settle_kind(provider, token, masters ? "masters" : "client-certificate", {});
  decoded_of(token).identity = identity;
  decoded_of(token).expires = end_of(certificate.get());
}

}  // namespace overreach
