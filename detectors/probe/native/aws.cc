// AWS has no introspection of permissions that every key may call. What every key may call
// is sts:GetCallerIdentity: it says who the key is, so it proves life, account and kind
// (root, user, role). Which actions its policies allow stays at the documented bound.
//
// Partitions (commercial, GovCloud, China) do not know each other's keys, so "unknown key"
// means dead only after each of them has been asked. A signature is sent, never the secret.
#include <ctime>

#include "detectors/probe/answer.h"
#include "detectors/probe/assemble.h"
#include "detectors/probe/native/native.h"
#include "detectors/probe/native/sigv4.h"

namespace overreach {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kBody = "Action=GetCallerIdentity&Version=2011-06-15";
constexpr std::string_view kContentType = "application/x-www-form-urlencoded; charset=utf-8";

struct Partition {
  std::string_view region_prefix;
  std::string_view host;
  std::string_view region;
};
constexpr Partition kPartitions[] = {
    {"", "sts.amazonaws.com", "us-east-1"},
    {"us-gov-", "sts.us-gov-west-1.amazonaws.com", "us-gov-west-1"},
    {"cn-", "sts.cn-north-1.amazonaws.com.cn", "cn-north-1"},
};

/// The halves of the credential. Roles as in the provider file.
struct KeyPair {
  std::string_view id;
  std::string_view secret;
  std::string_view session;
};

/// Error code and caller, whatever the format: STS answers XML when it does not honour `accept`.
struct Said {
  int status = 0;
  std::string code;
  std::string account;
  std::string arn;
};

std::string xml_element(std::string_view body, std::string_view name) {
  const std::string open = "<" + std::string(name) + ">";
  const std::size_t begin = body.find(open);
  if (begin == std::string_view::npos) return {};
  const std::size_t end = body.find("</", begin);
  return end == std::string_view::npos ? std::string()
                                       : std::string(body.substr(begin + open.size(), end - begin - open.size()));
}

Said read(const Response& response) {
  Said said{.status = response.status, .code = {}, .account = {}, .arn = {}};
  const Json json = Json::parse(response.body, nullptr, false);
  if (json.is_discarded()) {
    said.code = xml_element(response.body, "Code");
    said.account = xml_element(response.body, "Account");
    said.arn = xml_element(response.body, "Arn");
    return said;
  }
  const std::string result = "/GetCallerIdentityResponse/GetCallerIdentityResult";
  said.code = text_at(json, "/Error/Code").value_or("");
  said.account = text_at(json, result + "/Account").value_or("");
  said.arn = text_at(json, result + "/Arn").value_or("");
  return said;
}

std::string amz_date() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[20];
  return std::string(text, std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &utc));
}

PreparedCall signed_call(const std::string& base, const KeyPair& pair, std::string_view region) {
  const std::size_t authority = base.find("://") + 3;
  std::vector<std::pair<std::string, std::string>> headers = {
      {"content-type", std::string(kContentType)},
      {"host", base.substr(authority, base.find('/', authority) - authority)},
      {"x-amz-date", amz_date()}};
  if (!pair.session.empty()) headers.emplace_back("x-amz-security-token", pair.session);
  PreparedCall call{.method = ProbeMethod::post,
                    .url = base + "/",
                    .headers = {},
                    .content_type = std::string(kContentType),
                    .body = Secret(std::string(kBody)),
                    .reason = "GetCallerIdentity changes nothing and needs no permission",
                    .what = "POST / GetCallerIdentity"};
  call.headers.push_back({"authorization", sigv4({pair.id, pair.secret, region, "sts"}, "POST", headers, kBody)});
  call.headers.push_back({"accept", Secret("application/json")});
  for (auto& [name, value] : headers)
    if (name.rfind("x-amz-", 0) == 0) call.headers.push_back({name, Secret(std::move(value))});
  return call;
}

/// "user/ana" of "arn:aws:iam::123456789012:user/ana".
std::string principal(const std::string& arn) {
  std::size_t at = 0;
  for (int colons = 0; colons < 5; ++colons) {
    at = arn.find(':', at);
    if (at == std::string::npos) return {};
    ++at;
  }
  return arn.substr(at);
}

/// The kind id that a principal proves; empty when the file has no such kind.
std::string kind_of(const std::string& who, const Provider& provider) {
  constexpr std::pair<std::string_view, std::string_view> kKinds[] = {
      {"root", "root"}, {"user/", "user"}, {"assumed-role/", "session"}, {"federated-user/", "session"}};
  for (const auto& [prefix, kind] : kKinds)
    if (who.rfind(prefix, 0) == 0 && provider.kind(kind) != nullptr) return std::string(kind);
  return {};
}

Reach live(const Session& session, const Said& said) {
  const Provider& provider = session.provider();
  const Token& token = session.token();
  const std::string account = session.safe(said.account);
  const std::string who = session.safe(principal(said.arn));
  Powers powers;
  powers.kind = kind_of(who, provider);
  if (!account.empty()) powers.identity = "account " + account + (who.empty() ? "" : ", " + who);
  if (token.secret.reveal().rfind("AKIA", 0) == 0) powers.expires = "never";
  Where where;
  if (!account.empty()) {
    where.set("account", account);
    powers.resources.push_back({.type = "account", .id = account, .name = {}, .where = where});
  }
  powers.grants =
      documented_grants(powers.kind.empty() ? token.kinds : std::vector<std::string>{powers.kind}, provider, where);
  powers.notes.push_back("what the key's policies allow was not read; the grants are the documented upper bound");
  if (who == "root") powers.notes.push_back("this is the key of the account's root user: no policy limits it");
  return Live{std::move(powers)};
}

enum class Next { stop, other_partition };

/// What one partition said. `reach` is filled unless another partition should be asked.
Next judge_caller(const Session& session, const Said& said, const Powers& upto, Reach& reach) {
  const std::string answered = "AWS answered " + std::to_string(said.status);
  const std::string coded = answered + " “" + session.safe(said.code) + "”";
  if (said.status == 200 && !said.arn.empty())
    reach = live(session, said);
  else if (said.code == "AccessDenied")
    reach = live(session, said);
  else if (said.code == "ExpiredToken" || said.code == "ExpiredTokenException")
    reach = Dead{coded};
  else if (said.code == "InvalidClientTokenId") {
    reach = Dead{coded};
    return Next::other_partition;
  } else if (said.code == "SignatureDoesNotMatch")
    reach = Unknown{coded + ": the key exists, but the secret found beside it is not its secret, or the clock is wrong",
                    upto};
  else if (said.code == "RequestExpired" || said.code == "RequestTimeTooSkewed")
    reach = Unknown{coded + ": the clock of this machine is wrong", upto};
  else if (said.code == "Throttling" || said.status == 429)
    reach = Unknown{answered + ": rate limited", upto};
  else if (said.status >= 300 && said.status < 400)
    reach = Unknown{answered + ": a redirect, which is never followed", upto};
  else
    reach = Unknown{answered + " in a way that is not known", upto};
  return Next::stop;
}

std::string_view companion(const Token& token, std::string_view role) {
  const Companion* found = token.companion(role);
  return found == nullptr ? std::string_view() : found->value.reveal();
}

/// Partitions worth asking: the one the region names, or all that the provider file lists.
std::vector<Partition> partitions(const Session& session) {
  const std::string_view region = companion(session.token(), "region");
  if (session.target().overridden) return {kPartitions[0]};
  std::vector<Partition> out;
  for (const Partition& partition : kPartitions)
    if (!partition.region_prefix.empty() && region.substr(0, partition.region_prefix.size()) == partition.region_prefix)
      return {partition};
  for (const Partition& partition : kPartitions)
    if (host_matches(session.provider().hosts, std::string(partition.host))) out.push_back(partition);
  return out;
}

}  // namespace

Reach probe_aws(Session& session, Powers upto) {
  const Token& token = session.token();
  const KeyPair pair{token.secret.reveal(), companion(token, "secret_access_key"), companion(token, "session_token")};
  if (pair.secret.empty())
    return Unknown{"AWS was not asked: no secret key was found near the key id", std::move(upto)};
  if (pair.session.empty() && pair.id.rfind("ASIA", 0) == 0)
    return Unknown{"AWS was not asked: a temporary key needs its session token, and none was found", std::move(upto)};
  Reach reach = Unknown{"AWS was not asked: no STS host is declared", upto};
  for (const Partition& partition : partitions(session)) {
    const std::string base =
        session.target().overridden ? session.target().base : "https://" + std::string(partition.host);
    const auto response = session.send(signed_call(base, pair, partition.region));
    if (!response) return Unknown{"AWS " + response.error().message, std::move(upto)};
    if (judge_caller(session, read(*response), upto, reach) == Next::stop) break;
  }
  return reach;
}

}  // namespace overreach
