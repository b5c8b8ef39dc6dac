#include "detectors/probe/native/aws_call.h"

#include <algorithm>
#include <ctime>
#include <pugixml.hpp>

#include "detectors/probe/native/sigv4.h"

namespace overreach {
namespace {

constexpr std::string_view kContentType = "application/x-www-form-urlencoded; charset=utf-8";

struct Read {
  std::string_view action;
  std::string_view version;
  std::string_view reason;  // why a POST is a read
};
// The only actions that are ever sent. AWS documents each as one that changes nothing.
constexpr Read kReads[] = {
    {"GetCallerIdentity", "2011-06-15", "GetCallerIdentity changes nothing and needs no permission"},
    {"SimulatePrincipalPolicy", "2010-05-08", "SimulatePrincipalPolicy evaluates policies and performs no action"},
    {"GetUser", "2010-05-08", "GetUser reads"},
    {"GetRole", "2010-05-08", "GetRole reads"},
    {"ListAttachedUserPolicies", "2010-05-08", "ListAttachedUserPolicies reads"},
    {"ListUserPolicies", "2010-05-08", "ListUserPolicies reads"},
    {"GetUserPolicy", "2010-05-08", "GetUserPolicy reads"},
    {"ListGroupsForUser", "2010-05-08", "ListGroupsForUser reads"},
    {"ListAttachedGroupPolicies", "2010-05-08", "ListAttachedGroupPolicies reads"},
    {"ListGroupPolicies", "2010-05-08", "ListGroupPolicies reads"},
    {"GetGroupPolicy", "2010-05-08", "GetGroupPolicy reads"},
    {"ListAttachedRolePolicies", "2010-05-08", "ListAttachedRolePolicies reads"},
    {"ListRolePolicies", "2010-05-08", "ListRolePolicies reads"},
    {"GetRolePolicy", "2010-05-08", "GetRolePolicy reads"},
    {"GetPolicy", "2010-05-08", "GetPolicy reads"},
    {"GetPolicyVersion", "2010-05-08", "GetPolicyVersion reads"},
};

const Read* read_named(std::string_view action) {
  const auto* it =
      std::find_if(std::begin(kReads), std::end(kReads), [&](const Read& r) { return r.action == action; });
  return it == std::end(kReads) ? nullptr : it;
}

std::string amz_date() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[20];
  return std::string(text, std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &utc));
}

std::string base_of(const Session& session, std::string_view host) {
  return session.target().overridden ? session.target().base : "https://" + std::string(host);
}

PreparedCall signed_call(const std::string& base, const AwsKey& key, std::string_view service, std::string_view region,
                         const Read& read, const std::string& body) {
  const std::size_t authority = base.find("://") + 3;
  std::vector<std::pair<std::string, std::string>> headers = {
      {"content-type", std::string(kContentType)},
      {"host", base.substr(authority, base.find('/', authority) - authority)},
      {"x-amz-date", amz_date()}};
  if (!key.session.empty()) headers.emplace_back("x-amz-security-token", key.session);
  PreparedCall call{.method = ProbeMethod::post,
                    .url = base + "/",
                    .headers = {},
                    .content_type = std::string(kContentType),
                    .body = Secret(body),
                    .reason = std::string(read.reason),
                    .what = "POST / " + std::string(read.action)};
  call.headers.push_back({"authorization", sigv4({key.id, key.secret, region, service}, "POST", headers, body)});
  call.headers.push_back({"accept", Secret("application/xml")});
  for (auto& [name, value] : headers)
    if (name.rfind("x-amz-", 0) == 0) call.headers.push_back({name, Secret(std::move(value))});
  return call;
}

}  // namespace

// Without DTDs and with nothing but the five predefined entities, a document cannot grow while it is read.
AwsAnswer::AwsAnswer(int status, std::string_view body)
    : status_(status), xml_(std::make_unique<pugi::xml_document>()) {
  readable_ = xml_->load_buffer(body.data(), body.size(), pugi::parse_default, pugi::encoding_utf8) &&
              !xml_->document_element().empty();
}
AwsAnswer::~AwsAnswer() = default;
AwsAnswer::AwsAnswer(AwsAnswer&&) noexcept = default;
AwsAnswer& AwsAnswer::operator=(AwsAnswer&&) noexcept = default;

bool AwsAnswer::throttled() const {
  constexpr std::string_view kCodes[] = {"Throttling",
                                         "ThrottlingException",
                                         "ThrottledException",
                                         "RequestThrottled",
                                         "RequestThrottledException",
                                         "RequestLimitExceeded",
                                         "TooManyRequestsException",
                                         "SlowDown",
                                         "BandwidthLimitExceeded"};
  return status_ == 429 || std::find(std::begin(kCodes), std::end(kCodes), code()) != std::end(kCodes);
}

std::string AwsAnswer::text(const char* path) const {
  return readable_ ? xml_->select_node(path).node().text().get() : std::string();
}

std::vector<std::vector<std::string>> AwsAnswer::rows(const char* path, std::span<const char* const> names) const {
  std::vector<std::vector<std::string>> out;
  if (!readable_) return out;
  for (const pugi::xpath_node& found : xml_->select_nodes(path)) {
    std::vector<std::string>& row = out.emplace_back();
    for (const char* name : names)
      row.emplace_back(*name == '\0' ? found.node().text().get() : found.node().child(name).text().get());
  }
  return out;
}

Result<AwsAnswer> ask_aws(Session& session, const AwsKey& key, std::string_view service, std::string_view host,
                          std::string_view region, std::string_view action, const AwsParameters& parameters) {
  const Read* read = read_named(action);
  if (read == nullptr) return fail(Error::Kind::refused, "was not asked: the action is not one that reads");
  std::string body = "Action=" + std::string(action) + "&Version=" + std::string(read->version);
  for (const auto& [name, value] : parameters) body += "&" + name + "=" + url_component(value);
  auto response = session.send(signed_call(base_of(session, host), key, service, region, *read, body));
  if (!response) return tl::unexpected<Error>(response.error());
  AwsAnswer answer(response->status, response->body);
  if (answer.throttled()) session.note_disturbance();
  return answer;
}

}  // namespace overreach
