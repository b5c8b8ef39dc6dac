// Conversations that data cannot describe.
#pragma once

#include <span>
#include <string_view>

#include "detectors/model/reach.h"
#include "detectors/probe/session.h"

namespace overreach {

/// Asks about one token. `session` is open; `upto` is the bound without asking.
using NativeProbe = Reach (*)(Session& session, Powers upto);

/// How the plan shows what a native conversation sends.
struct NativeRequest {
  std::string_view host;  // empty: that of the provider's endpoint
  std::string_view text;
};

struct NativeEntry {
  std::string_view name;  // as in `native:` of a provider file
  NativeProbe run;
  std::span<const NativeRequest> requests;
};

/// nullptr when there is no such function.
const NativeEntry* native_probe(std::string_view name);

/// Registries that speak Docker's protocol: what their token service grants, else what can be read.
Reach probe_docker_registry(Session& session, Powers upto);
/// Docker Hub: the scopes of a session of ten minutes.
Reach probe_docker_hub(Session& session, Powers upto);

/// Kubernetes: reviews of what the caller may do, in each namespace and everywhere.
Reach probe_kubernetes(Session& session, Powers upto);

/// Google Cloud: which permissions a service account has in its projects; whether an API key reaches Gemini.
Reach probe_gcp(Session& session, Powers upto);
/// Azure: permissions in Microsoft Graph, and actions in subscriptions and resource groups.
Reach probe_azure(Session& session, Powers upto);
/// OVHcloud: the rules of method and path that a consumer key carries.
Reach probe_ovh(Session& session, Powers upto);
/// RabbitMQ: tags, and for administrators permissions, over the management API.
Reach probe_rabbitmq(Session& session, Powers upto);

/// Storage that speaks S3's protocol: its buckets, and of MinIO the caller's policy. At most 10 requests.
Reach probe_s3(Session& session, Powers upto);

/// AWS: sts:GetCallerIdentity, which needs no permission, then what IAM tells the caller about its own policies. At
/// most 10 requests.
Reach probe_aws(Session& session, Powers upto);

}  // namespace overreach
