// Vectors computed with Python's hmac and hashlib from the derivation in AWS's documentation.
#include <catch2/catch.hpp>

#include "detectors/probe/native/sigv4.h"

namespace overreach {
namespace {

constexpr std::string_view kBody = "Action=GetCallerIdentity&Version=2011-06-15";
constexpr std::string_view kSecret = "example/secret+key/for/a/test/vector/000";

TEST_CASE("a request to STS is signed as AWS documents it", "[probe]") {
  const std::string id = std::string("AKIA") + "EXAMPLEEXAMPLE77";
  std::vector<std::pair<std::string, std::string>> headers = {
      {"x-amz-date", "20260131T100000Z"},
      {"host", "sts.amazonaws.com"},
      {"content-type", "application/x-www-form-urlencoded; charset=utf-8"}};
  SECTION("in another partition") {
    const Secret value = sigv4({id, kSecret, "us-gov-west-1", "sts"}, "POST", headers, kBody);
    CHECK(value.reveal() == "AWS4-HMAC-SHA256 Credential=" + id +
                                "/20260131/us-gov-west-1/sts/aws4_request, "
                                "SignedHeaders=content-type;host;x-amz-date, "
                                "Signature=e69c4b2d9f03de3250cd46702b826fd2af21040eb625fdd34920f0ed44e366d8");
  }
  SECTION("with a session token, which is signed too") {
    headers.emplace_back("x-amz-security-token", "session/token==");
    const Secret value = sigv4({id, kSecret, "us-east-1", "sts"}, "POST", headers, kBody);
    CHECK(value.reveal() == "AWS4-HMAC-SHA256 Credential=" + id +
                                "/20260131/us-east-1/sts/aws4_request, "
                                "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, "
                                "Signature=8e9824827781b66ba8d0c5442a040806e85b1f0fb24928e4f343b63ebf6630ef");
  }
}

TEST_CASE("a request for a bucket is signed with its path and query", "[probe]") {
  const std::string id = std::string("AKIA") + "EXAMPLEEXAMPLE77";
  const Secret value =
      sigv4({id, kSecret, "eu-central-1", "s3"}, "GET",
            {{"x-amz-date", "20260131T100000Z"},
             {"host", "store.example.com:9000"},
             {"x-amz-content-sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}},
            "", "/my%20bucket", "versioning=");
  CHECK(value.reveal() == "AWS4-HMAC-SHA256 Credential=" + id +
                              "/20260131/eu-central-1/s3/aws4_request, "
                              "SignedHeaders=host;x-amz-content-sha256;x-amz-date, "
                              "Signature=7d8d127fad329a65d777c03b7bcb88d76ce44acc438dbb84f9cf986fdc69bfc3");
}

}  // namespace
}  // namespace overreach
