// AWS Signature Version 4.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scanner/base/secret.h"

namespace overreach {

struct SigningKey {
  std::string_view access_key_id;
  std::string_view secret_access_key;
  std::string_view region;   // "us-east-1"
  std::string_view service;  // "sts"
};

/// The value of the Authorization header. `headers`: lower-case names, trimmed values, must
/// hold `host` and `x-amz-date` ("20260131T100000Z"); all of them are signed. `path` and `query` are percent-encoded,
/// the query sorted and with '=' behind each name. Source: AWS, "Create a signed AWS API request".
Secret sigv4(const SigningKey& key, std::string_view method, std::vector<std::pair<std::string, std::string>> headers,
             std::string_view body, std::string_view path = "/", std::string_view query = {});

}  // namespace overreach
