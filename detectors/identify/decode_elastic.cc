// A cloud id says where a deployment of Elastic Cloud is: "name:" and base64 of host$elasticsearch$kibana, the host
// with its port where that is not 443.
#include <algorithm>
#include <cctype>

#include "detectors/identify/decode.h"
#include "detectors/identify/encoding.h"

namespace overreach {
namespace {

/// "uuid.us-east-1.aws.found.io:9243"; empty when the id cannot be read.
std::string elasticsearch_host(std::string_view cloud_id) {
  const auto parts = base64_decode(cloud_id.substr(cloud_id.rfind(':') + 1));
  const std::size_t first = parts ? parts->find('$') : std::string::npos;
  if (first == std::string::npos || first == 0) return {};
  const std::string uuid = parts->substr(first + 1, parts->find('$', first + 1) - first - 1);
  const std::string domain = parts->substr(0, first);
  const bool plain_text = std::all_of(parts->begin(), parts->end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '-' || c == ':' || c == '$';
  });
  return uuid.empty() || !plain_text ? std::string() : uuid + "." + domain;
}

}  // namespace

/// The host that a cloud id names becomes a companion, unless an address stands there, too.
void decode_elastic_cloud_id(const TokenRule&, const Provider&, Token& token) {
  const Companion* cloud_id = token.companion("cluster");
  if (cloud_id == nullptr || token.companion("host") != nullptr) return;
  const std::string host = elasticsearch_host(cloud_id->value.reveal());
  if (host.empty()) return;
  token.companions.push_back({"host", Secret(host), false});
  std::sort(token.companions.begin(), token.companions.end(),
            [](const Companion& a, const Companion& b) { return a.role < b.role; });
}

}  // namespace overreach
