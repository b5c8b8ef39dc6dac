// arn:partition:service:region:account:resource, each part a pattern. Source: AWS, "Amazon Resource Names".
//
//     arn:aws:s3:::exports/daily/*                       account (the caller's), bucket exports, prefix daily/*
//     arn:aws:dynamodb:eu-west-1:111122223333:table/o*   account, region eu-west-1, table o*
#include "detectors/probe/native/aws_place.h"

#include <algorithm>
#include <array>

#include "detectors/probe/native/aws_policy.h"

namespace overreach {
namespace {

struct Arn {
  std::string_view service;
  std::string_view region;
  std::string_view account;
  std::string_view resource;
};

std::optional<Arn> parse(std::string_view text) {
  std::array<std::string_view, 5> fields;
  for (std::string_view& field : fields) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    field = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  return Arn{fields[2], fields[3], fields[4], text};
}

/// Actions of one service that act on resources of another.
bool acts_on(std::string_view action_service, std::string_view resource_service) {
  constexpr std::pair<std::string_view, std::string_view> kAcross[] = {
      {"sts", "iam"}, {"ssm", "ec2"}, {"ec2-instance-connect", "ec2"}, {"backup", "*"}};
  if (pattern_covers(resource_service, action_service)) return true;
  return std::any_of(std::begin(kAcross), std::end(kAcross), [&](const auto& pair) {
    return pair.first == action_service && (pair.second == "*" || pair.second == resource_service);
  });
}

/// The types that ARNs of a resource of ours can have; a resource that is not here has no type in its ARN, or any.
struct ResourceTypes {
  std::string_view resource;
  std::array<std::string_view, 4> types;
};
constexpr ResourceTypes kTypes[] = {
    {"table", {"table"}},
    {"database", {"db", "cluster"}},
    {"snapshot", {"snapshot", "cluster-snapshot", "table"}},
    {"backup", {"recovery-point", "backup-vault", "snapshot", "image"}},
    {"volume", {"volume"}},
    {"filesystem", {"file-system"}},
    {"instance", {"instance", "task", "managed-instance", "cluster"}},
    {"function", {"function"}},
    {"service", {"service", "task-definition", "cluster"}},
    {"registry", {"repository"}},
    {"cluster", {"cluster"}},
    {"distribution", {"distribution"}},
    {"zone", {"hostedzone"}},
    {"secret", {"secret", "parameter"}},
    {"key", {"key", "alias"}},
    {"log", {"log-group"}},
    {"model", {"foundation-model", "inference-profile", "provisioned-model", "custom-model"}},
    {"stack", {"stack"}},
    {"role", {"role"}},
    {"user", {"user"}},
    {"policy", {"policy", "user", "role", "group"}},
};

bool type_fits(std::string_view resource, std::string_view type) {
  const auto* it = std::find_if(std::begin(kTypes), std::end(kTypes),
                                [&](const ResourceTypes& t) { return t.resource == resource; });
  if (it == std::end(kTypes)) return true;
  return std::any_of(it->types.begin(), it->types.end(),
                     [&](std::string_view one) { return !one.empty() && patterns_meet(type, one); });
}

/// "orders" of "table/orders/index/*", "api" of "function:api:live", "deploy" of "user/ci/deploy".
std::string_view name_of(std::string_view resource, bool has_path) {
  const std::size_t at = resource.find_first_of("/:");
  if (at == std::string_view::npos) return resource;
  const std::string_view rest = resource.substr(at + 1);
  if (has_path) return rest.substr(rest.rfind('/') + 1);   // npos + 1 is 0
  if (resource.substr(0, at) == "parameter") return rest;  // "prod/db/password" is one name
  return rest.substr(0, rest.find(resource[at]));
}

bool set_bucket(std::string_view action, std::string_view resource, Where& where) {
  const bool on_objects = action.find("Object") != std::string_view::npos;
  const std::size_t slash = resource.find('/');
  if (!on_objects && slash != std::string_view::npos) return false;
  if (on_objects && !patterns_meet(resource, "?*/*")) return false;
  where.set("bucket", resource.substr(0, slash));
  if (slash != std::string_view::npos) where.set("prefix", resource.substr(slash + 1));
  return true;
}

}  // namespace

std::optional<Where> aws_place(std::string_view action, const Capability& capability, std::string_view pattern,
                               std::string_view account) {
  Where where;
  where.set("account", account);
  if (pattern.find_first_not_of('*') == std::string_view::npos) return where;
  const auto arn = parse(pattern);
  const std::string_view service = action.substr(0, action.find(':'));
  if (!arn || !acts_on(service, arn->service)) return std::nullopt;
  where.set("region", arn->region);
  if (!arn->account.empty()) where.set("account", arn->account == "*" ? account : arn->account);
  if (arn->resource == "*") return where;
  if (service == "s3") return set_bucket(action, arn->resource, where) ? std::optional(where) : std::nullopt;
  const std::size_t typed = arn->resource.find_first_of("/:");
  if (typed != std::string_view::npos && !type_fits(capability.resource, arn->resource.substr(0, typed)))
    return std::nullopt;
  if (capability.resource == "account") return where;
  where.set(capability.resource, name_of(arn->resource, service == "iam" || service == "sts"));
  return where;
}

}  // namespace overreach
