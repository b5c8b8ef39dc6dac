// Storage that speaks S3's protocol outside of AWS: MinIO, R2, Wasabi, Spaces, Backblaze, Ceph. There is no IAM to ask.
//
//   GET /                              the buckets; who may not list them is alive all the same
//   GET /minio/admin/v3/accountinfo    MinIO only: the caller's own policy, and what it may do in each bucket
//   GET /BUCKET?versioning and others  what a deletion would mean there, of the first buckets
//
// Where no policy is told, what the key may do with objects is not said by any read: it stays a bound. Ten requests at
// most, signed (SigV4), with the bucket in the path.
#include <algorithm>
#include <ctime>

#include "detectors/probe/answer.h"
#include "detectors/probe/assemble.h"
#include "detectors/probe/database/granting.h"
#include "detectors/probe/native/aws_call.h"
#include "detectors/probe/native/aws_policy.h"
#include "detectors/probe/native/native.h"
#include "detectors/probe/native/sigv4.h"
#include "scanner/base/hash.h"

namespace overreach {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostBuckets = 2;  // looked at one by one
constexpr std::string_view kArn = "arn:aws:s3:::";

std::string beside(const Token& token, std::string_view role) {
  const Companion* found = token.companion(role);
  return found == nullptr ? std::string() : std::string(found->value.reveal());
}

std::string amz_date() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[20];
  return std::string(text, std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &utc));
}

/// "eu-central-1" of "s3.eu-central-1.example.com"; what most take where a host names no region.
std::string region_of(const std::string& host) {
  if (host.ends_with(".r2.cloudflarestorage.com")) return "auto";
  for (const std::string_view domain : {".wasabisys.com", ".backblazeb2.com", ".digitaloceanspaces.com"}) {
    if (!host.ends_with(domain)) continue;
    const std::string front = host.substr(0, host.size() - domain.size());
    const std::string region = front.substr(front.rfind('.') + 1);
    return region == "s3" ? "us-east-1" : region;
  }
  return "us-east-1";
}

/// A policy with a resource in every statement: MinIO leaves it out where an action has none.
std::string completed(Json policy) {
  if (policy.is_object() && policy.contains("Statement") && policy["Statement"].is_array())
    for (Json& statement : policy["Statement"])
      if (statement.is_object() && !statement.contains("Resource") && !statement.contains("NotResource"))
        statement["Resource"] = "*";
  return policy.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// What is done to a bucket needs the bucket, or all that is in it; what is done to objects needs some of them.
bool is_about(const std::string& action, const std::string& resource) {
  if (resource.rfind(kArn, 0) != 0) return true;
  const std::string path = resource.substr(kArn.size());
  const std::size_t slash = path.find('/');
  if (action.find("Object") == std::string::npos && action.find("Retention") == std::string::npos)
    return slash == std::string::npos || slash + 1 == path.size() || path.substr(slash + 1) == "*";
  return slash != std::string::npos || path.ends_with('*');
}

class Storage {
 public:
  Storage(Session& session, Powers upto)
      : session_(session),
        upto_(std::move(upto)),
        granting_(session.token(), session.provider()),
        id_(beside(session.token(), "access_key_id")) {
    const std::string host = host_of(session.target().base);
    region_ = beside(session.token(), "region");
    if (region_.empty()) region_ = region_of(host);
    server_.set("host", session.safe(host));
  }

  Reach run() {
    auto list = list_buckets();
    if (!list) return unknown(list.error().message);
    const AwsAnswer xml(list->status, list->body);
    const bool listed = xml.ok() && !xml.rows("/ListAllMyBucketsResult", {""}).empty();
    if (!listed && xml.code() != "AccessDenied") return not_alive(xml);
    granting_.powers().kind = "key";
    granting_.powers().identity = session_.safe("key " + id_ + " on " + std::string(server_.get("host")));
    take_buckets(xml, listed);
    const bool told = list->header("server").find("MinIO") != std::string_view::npos && take_account();
    for (std::size_t i = 0; i < buckets_.size() && i < kMostBuckets; ++i) look_at(buckets_[i]);
    if (!told) {
      granting_.note("what the key may do with objects is told by no read; it is what such a key can do at most");
      for (const Grant& grant : documented_grants({"key"}, session_.provider(), server_))
        granting_.powers().grants.push_back(grant);
    }
    return Live{std::move(granting_).finish()};
  }

 private:
  Reach unknown(const std::string& why) const { return Unknown{session_.provider().title + " " + why, upto_}; }

  Reach not_alive(const AwsAnswer& xml) {
    const std::string code = session_.safe(xml.code());
    const std::string answered = "answered " + std::to_string(xml.status()) + (code.empty() ? "" : " “" + code + "”");
    if (code == "InvalidAccessKeyId") return Dead{session_.provider().title + " " + answered};
    if (code == "SignatureDoesNotMatch")
      return unknown(answered + ": the key exists, but the secret is not its secret, or the region is another one");
    if (code == "RequestTimeTooSkewed") return unknown(answered + ": the clock of this machine is wrong");
    if (xml.throttled()) return unknown(answered + ": rate limited");
    if (xml.status() >= 300 && xml.status() < 400) return unknown(answered + ": a redirect, which is never followed");
    return unknown(answered + " in a way that is not known");
  }

  // --- requests

  /// `query` is in canonical form: sorted, with '=' behind each name.
  Result<Response> get(const std::string& path, const std::string& query, std::string what) {
    const std::string base = session_.target().base;
    const std::size_t authority = base.find("://") + 3;
    std::vector<std::pair<std::string, std::string>> headers = {
        {"host", base.substr(authority, base.find('/', authority) - authority)},
        {"x-amz-content-sha256", hex(sha256(""))},
        {"x-amz-date", amz_date()}};
    PreparedCall call{.method = ProbeMethod::get,
                      .url = base + path + (query.empty() ? "" : "?" + query),
                      .headers = {},
                      .content_type = {},
                      .body = {},
                      .reason = {},
                      .what = std::move(what)};
    const SigningKey key{id_, session_.token().secret.reveal(), region_, "s3"};
    call.headers.push_back({"authorization", sigv4(key, "GET", headers, "", path, query)});
    for (auto& [name, value] : headers)
      if (name != "host") call.headers.push_back({name, Secret(std::move(value))});
    return session_.send(call);
  }

  /// A server that knows its region says which one a signature must be for.
  Result<Response> list_buckets() {
    auto response = get("/", "", "GET / ListBuckets");
    if (!response || response->status != 400) return response;
    const AwsAnswer xml(response->status, response->body);
    const std::string region = session_.safe(xml.text("/Error/Region"));
    if (xml.code() != "AuthorizationHeaderMalformed" || region.empty() || region == region_) return response;
    region_ = region;
    return get("/", "", "GET / ListBuckets");
  }

  // --- buckets

  Where in(const std::string& bucket) const {
    Where where = server_;
    where.set("bucket", session_.safe(bucket));
    return where;
  }

  void take_buckets(const AwsAnswer& xml, bool listed) {
    if (!listed) return granting_.note("it may not list the buckets");
    granting_.privilege("s3:ListAllMyBuckets", server_);
    for (const auto& row : xml.rows("/ListAllMyBucketsResult/Buckets/Bucket", {"Name"})) {
      buckets_.push_back(row[0]);
      granting_.resource("bucket", session_.safe(row[0]), in(row[0]));
    }
    if (buckets_.size() > kMostBuckets)
      granting_.note("only the first " + std::to_string(kMostBuckets) + " of " + std::to_string(buckets_.size()) +
                     " buckets were looked at");
  }

  std::optional<AwsAnswer> setting(const std::string& bucket, const std::string& name) {
    const auto response = get("/" + url_component(bucket), name + "=", "GET /{bucket}?" + name);
    if (!response) return std::nullopt;
    AwsAnswer xml(response->status, response->body);
    if (xml.throttled()) session_.note_disturbance();
    if (!xml.ok()) return std::nullopt;
    granting_.privilege("read-settings", in(bucket));
    return xml;
  }

  void look_at(const std::string& bucket) {
    const std::string name = "the bucket " + session_.safe(bucket) + " ";
    if (const auto versioning = setting(bucket, "versioning"))
      granting_.note(name + (versioning->text("/VersioningConfiguration/Status") == "Enabled"
                                 ? "keeps versions: what is deleted can come back until its versions are deleted, too"
                                 : "keeps no versions: what is deleted is gone"));
    if (const auto lock = setting(bucket, "object-lock");
        lock && lock->text("/ObjectLockConfiguration/ObjectLockEnabled") == "Enabled")
      granting_.note(name + "can lock objects against deletion");
    if (const auto status = setting(bucket, "policyStatus"); status && status->text("/PolicyStatus/IsPublic") == "true")
      granting_.note(name + "is open to everybody by its policy");
    if (const auto acl = setting(bucket, "acl"))
      for (const auto& row : acl->rows("/AccessControlPolicy/AccessControlList/Grant/Grantee", {"URI"}))
        if (row[0].ends_with("/AllUsers")) granting_.note(name + "is open to everybody by its access list");
  }

  // --- MinIO

  /// True when the policy was read: then all powers are known.
  bool take_account() {
    auto response = get("/minio/admin/v3/accountinfo", "", "GET /minio/admin/v3/accountinfo");
    const auto answer =
        response ? read_answer(std::move(*response)) : Result<Answer>(tl::unexpected<Error>(response.error()));
    if (!answer || answer->response.status != 200 || !answer->json.is_object()) return false;
    if (const auto name = text_at(answer->json, "/AccountName"))
      granting_.powers().identity = session_.safe("account " + *name + " on " + std::string(server_.get("host")));
    const auto statements = read_policy(completed(answer->json.value("Policy", Json())));
    if (statements) {
      for (const auto& [action, capabilities] : session_.provider().grants) take_action(action, *statements);
      return true;
    }
    granting_.note("its policy could not be read");
    for (const Json* bucket : select(answer->json, "/Buckets/*"))
      if (const auto name = text_at(*bucket, "/name"); name && text_at(*bucket, "/access/write") == "true")
        granting_.privilege("s3:PutObject", in(*name));
    return false;
  }

  void take_action(const std::string& action, const std::vector<PolicyStatement>& statements) {
    if (action.find(':') == std::string::npos) return;  // a word of ours
    for (const AllowedAt& place : allowed_at(action, statements)) {
      if (!is_about(action, place.resource)) continue;
      granting_.privilege(action, at(place.resource), place.certain ? Proof::proven : Proof::documented);
      if (!place.certain && std::find(doubts_.begin(), doubts_.end(), place.doubt) == doubts_.end()) {
        doubts_.push_back(place.doubt);
        granting_.note("some of it holds only " + place.doubt);
      }
    }
  }

  /// Where "arn:aws:s3:::bucket/prefix*" is: in the bucket, below a prefix.
  Where at(const std::string& resource) const {
    if (resource.rfind(kArn, 0) != 0) return server_;
    const std::string path = resource.substr(kArn.size());
    const std::size_t slash = std::min(path.find('/'), path.size());
    Where where = path.substr(0, slash) == "*" ? server_ : in(path.substr(0, slash));
    if (slash + 1 < path.size()) where.set("key", session_.safe(path.substr(slash + 1)));
    return where;
  }

  Session& session_;
  Powers upto_;
  Granting granting_;
  std::string id_;
  std::string region_;
  Where server_;
  std::vector<std::string> buckets_;
  std::vector<std::string> doubts_;
};

}  // namespace

Reach probe_s3(Session& session, Powers upto) {
  if (beside(session.token(), "access_key_id").empty())
    return Unknown{session.provider().title + " was not asked: no access key id stands beside the secret",
                   std::move(upto)};
  if (session.target().base.empty())
    return Unknown{session.provider().title + " was not asked: no endpoint stands beside the key", std::move(upto)};
  return Storage(session, std::move(upto)).run();
}

}  // namespace overreach
