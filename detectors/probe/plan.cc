// What would be sent. Nothing here can reach a transport.
#include "detectors/probe/canary.h"
#include "detectors/probe/conversation.h"
#include "detectors/probe/database/database.h"
#include "detectors/probe/native/native.h"
#include "detectors/probe/probe_token.h"

namespace overreach {
namespace {

std::string condition(const ProbeStep& step) {
  if (!step.for_each.empty()) return " for each " + step.for_each;
  if (step.if_alive) return *step.if_alive ? " if it is alive" : " if it was not accepted so far";
  return {};
}

/// The host that a step goes to, or why it does not.
Result<std::string> host_for(const ProbeStep& step, const Target& target, const Provider& provider) {
  auto url = url_at(target, provider, step.target);
  if (!url) return url;
  return host_of(*url);
}

void plan_token(const Token& token, const Provider* provider, const ProbeOptions& options,
                std::vector<PlannedRequest>& out) {
  PlannedRequest planned;
  planned.token_id = token.id;
  planned.masked = token.masked;
  planned.provider = token.provider;
  if (provider == nullptr || !can_be_asked(token, *provider)) {
    planned.refused = "there is no read-only way to ask about this kind of token";
    return out.push_back(planned);
  }
  if (const std::string service = canary_service(token, options.canary_accounts);
      !service.empty() && !options.canaries) {
    planned.refused = canary_note(service) + " (--probe-canaries asks nevertheless)";
    return out.push_back(planned);
  }
  if (const DatabaseEntry* database = database_probe(provider->probe.database)) {
    const auto login = login_of(token, *provider, options);
    planned.host = login ? login->host : std::string();
    planned.refused = login ? std::string() : login.error().message;
    planned.request = database->request;
    return out.push_back(planned);
  }
  const auto target = target_of(token, *provider, options);
  if (!target) {
    planned.refused = target.error().message;
    return out.push_back(planned);
  }
  if (const NativeEntry* native = native_probe(provider->probe.native)) {
    for (const NativeRequest& request : native->requests) {
      const bool here = request.host.empty() || target->overridden;
      planned.host = here ? host_of(target->base) : std::string(request.host);
      planned.request = request.text;
      out.push_back(planned);
    }
    return;
  }
  for (const ProbeStep& step : provider->probe.steps) {
    if (!step_is_for(step, token.kinds)) continue;
    const auto host = host_for(step, *target, *provider);
    planned.host = host ? *host : std::string();
    planned.refused = host ? std::string() : host.error().message;
    planned.request = request_text(step) + condition(step);
    out.push_back(planned);
  }
}

}  // namespace

std::vector<PlannedRequest> plan(std::span<const Token> tokens, const Catalog& catalog, const ProbeOptions& options) {
  std::vector<PlannedRequest> out;
  for (const Token& token : tokens) plan_token(token, catalog.find(token.provider), options, out);
  return out;
}

}  // namespace overreach
