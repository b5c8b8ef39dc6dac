// canonical request -> string to sign -> a key that is bound to date, region and service.
#include "detectors/probe/native/sigv4.h"

#include <algorithm>

#include "scanner/base/hash.h"

namespace overreach {
namespace {

std::string_view bytes(const Digest& digest) { return {reinterpret_cast<const char*>(digest.data()), digest.size()}; }

Digest signing_key(const SigningKey& key, std::string_view date) {
  const Secret first("AWS4" + std::string(key.secret_access_key));
  Digest digest = hmac_sha256(first.reveal(), date);
  digest = hmac_sha256(bytes(digest), key.region);
  digest = hmac_sha256(bytes(digest), key.service);
  return hmac_sha256(bytes(digest), "aws4_request");
}

}  // namespace

Secret sigv4(const SigningKey& key, std::string_view method, std::vector<std::pair<std::string, std::string>> headers,
             std::string_view body, std::string_view path, std::string_view query) {
  std::sort(headers.begin(), headers.end());
  std::string canonical;
  std::string names;
  std::string time;
  for (const auto& [name, value] : headers) {
    canonical += name + ":" + value + "\n";
    names += (names.empty() ? "" : ";") + name;
    if (name == "x-amz-date") time = value;
  }
  const std::string date = time.substr(0, 8);
  const std::string scope = date + "/" + std::string(key.region) + "/" + std::string(key.service) + "/aws4_request";
  const std::string request = std::string(method) + "\n" + std::string(path) + "\n" + std::string(query) + "\n" +
                              canonical + "\n" + names + "\n" + hex(sha256(body));
  const std::string to_sign = "AWS4-HMAC-SHA256\n" + time + "\n" + scope + "\n" + hex(sha256(request));
  const std::string signature = hex(hmac_sha256(bytes(signing_key(key, date)), to_sign));
  return Secret("AWS4-HMAC-SHA256 Credential=" + std::string(key.access_key_id) + "/" + scope +
                ", SignedHeaders=" + names + ", Signature=" + signature);
}

}  // namespace overreach
