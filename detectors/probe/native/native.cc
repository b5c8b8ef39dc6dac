#include "detectors/probe/native/native.h"

#include <algorithm>
#include <iterator>

namespace overreach {
namespace {

constexpr NativeRequest kAws[] = {
    {"", "POST / Action=GetCallerIdentity"},
    {"iam.amazonaws.com", "POST / Action=SimulatePrincipalPolicy if it is alive"},
    {"iam.amazonaws.com", "POST / Action=List…Policies, Get…Policy, GetPolicyVersion if it is alive"},
};

constexpr NativeRequest kDockerHub[] = {
    {"", "POST /v2/auth/token"},
    {"", "GET /v2/namespaces/{user}/repositories if it is alive"},
};
constexpr NativeRequest kDockerRegistry[] = {
    {"", "GET /v2/"},
    {"", "GET the token service that it names, with pull, push and delete of each repository"},
};

constexpr NativeRequest kAzure[] = {
    {"", "POST /{tenant}/oauth2/v2.0/token"},
    {"management.azure.com", "GET /subscriptions, and the permissions in each, if it is alive"},
};
constexpr NativeRequest kGcp[] = {
    {"oauth2.googleapis.com", "POST /token (service accounts)"},
    {"cloudresourcemanager.googleapis.com", "POST /v1/projects/{project}:testIamPermissions if it is alive"},
    {"generativelanguage.googleapis.com", "GET /v1beta/models (API keys)"},
};
constexpr NativeRequest kKubernetes[] = {
    {"", "POST SelfSubjectReview"},
    {"", "POST SelfSubjectRulesReview in each namespace, GET /api/v1/namespaces"},
    {"", "POST SelfSubjectAccessReview for what one namespace allows"},
};
constexpr NativeRequest kOvh[] = {
    {"", "GET /1.0/auth/currentCredential"},
    {"ca.api.ovh.com", "GET /1.0/auth/currentCredential if it is not known there"},
    {"api.us.ovhcloud.com", "GET /1.0/auth/currentCredential if it is not known there"},
};
constexpr NativeRequest kRabbitMq[] = {
    {"", "GET /api/whoami"},
    {"", "GET /api/overview, /api/vhosts, /api/queues if it is alive"},
    {"", "GET /api/users/{user}/permissions, /api/users/{user}/topic-permissions if it is an administrator's"},
    {"", "GET /api/exchanges/{vhost} if it is a monitoring user's"},
};
constexpr NativeRequest kS3[] = {
    {"", "GET / ListBuckets"},
    {"", "GET /minio/admin/v3/accountinfo if it is a MinIO"},
    {"", "GET /{bucket}?acl, ?object-lock, ?policyStatus, ?versioning of the first buckets"},
};

// A visible table: statics that register themselves are dropped from static libraries.
constexpr NativeEntry kNative[] = {
    {"aws", probe_aws, kAws},
    {"azure", probe_azure, kAzure},
    {"docker-hub", probe_docker_hub, kDockerHub},
    {"docker-registry", probe_docker_registry, kDockerRegistry},
    {"gcp", probe_gcp, kGcp},
    {"kubernetes", probe_kubernetes, kKubernetes},
    {"ovh", probe_ovh, kOvh},
    {"rabbitmq", probe_rabbitmq, kRabbitMq},
    {"s3", probe_s3, kS3},
};

}  // namespace

const NativeEntry* native_probe(std::string_view name) {
  const auto* it = std::find_if(std::begin(kNative), std::end(kNative), [&](const auto& e) { return e.name == name; });
  return it == std::end(kNative) ? nullptr : it;
}

}  // namespace overreach
