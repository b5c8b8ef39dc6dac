// Signed requests to AWS and the XML that comes back.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "detectors/probe/session.h"

namespace pugi {
class xml_document;
}

namespace overreach {

/// A part of AWS with its own accounts and keys. Source: AWS, "Service endpoints and quotas".
struct AwsPartition {
  std::string_view region_prefix;  // of its regions, empty for the commercial one
  std::string_view sts_host;
  std::string_view iam_host;
  std::string_view region;  // that both sign for
};

/// The halves of the credential. Views into the token.
struct AwsKey {
  std::string_view id;
  std::string_view secret;
  std::string_view session;  // empty for long-lived keys
};

/// An answer of a query interface, read. `xml` is empty when the body was none.
class AwsAnswer {
 public:
  AwsAnswer(int status, std::string_view body);
  ~AwsAnswer();
  AwsAnswer(AwsAnswer&&) noexcept;
  AwsAnswer& operator=(AwsAnswer&&) noexcept;

  int status() const { return status_; }
  bool ok() const { return status_ == 200 && readable_; }
  /// The body is a document as it should be.
  bool readable() const { return readable_; }
  /// "AccessDenied"; empty when there is none.
  std::string code() const { return text("//Error/Code"); }
  /// A rate limit, which AWS may say with status 400.
  bool throttled() const;
  /// Text of the first element at `path` (XPath without functions); empty when there is none.
  std::string text(const char* path) const;
  /// For each element at `path`, the texts of its children `names`.
  std::vector<std::vector<std::string>> rows(const char* path, std::span<const char* const> names) const;
  std::vector<std::vector<std::string>> rows(const char* path, std::initializer_list<const char*> names) const {
    return rows(path, std::span(names.begin(), names.size()));
  }

 private:
  int status_ = 0;
  bool readable_ = false;
  std::unique_ptr<pugi::xml_document> xml_;
};

/// Parameters of a request, in order; values are percent-encoded when it is made.
using AwsParameters = std::vector<std::pair<std::string, std::string>>;

/// One signed POST to `host`. Only actions that read are ever named; anything else is refused.
Result<AwsAnswer> ask_aws(Session& session, const AwsKey& key, std::string_view service, std::string_view host,
                          std::string_view region, std::string_view action, const AwsParameters& parameters);

}  // namespace overreach
