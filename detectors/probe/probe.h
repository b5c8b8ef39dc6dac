// Asks providers what tokens can do. Off unless the user says --probe.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "detectors/model/reach.h"
#include "detectors/model/token.h"
#include "detectors/probe/host_budget.h"
#include "detectors/probe/transport.h"
#include "rules/catalog/catalog.h"

namespace overreach {

class ReachCache;

/// A request that was sent, in words that hold no credential and nothing of the answer.
struct SentRequest {
  std::string provider;
  std::string host;
  std::string what;  // "GET /v2/projects/{project.id}/resources": the rule file's words, not the values
  int status = 0;    // 0: no answer
  std::uint64_t bytes = 0;
  std::string failure;  // why there was no answer
};

struct ProbeOptions {
  std::vector<std::string> extra_hosts;          // --probe-host: hosts found beside a token that may be called
  std::map<std::string, std::string> endpoints;  // --endpoint PROVIDER=URL, loopback only
  bool databases = false;                        // --probe-db: databases at `extra_hosts` may be signed in to
  unsigned parallel = 8;                         // databases asked at a time
  unsigned requests = 10;                        // --probe-requests: for one token, tried again or not
  bool canaries = false;                         // --probe-canaries: tripwires are asked about too
  std::vector<std::string> canary_accounts;      // --canary-account: AWS accounts of tripwires
  unsigned requests_to_host = 600;               // of all tokens of one run
  std::shared_ptr<HostBudget> hosts;             // what is left of that; made by probe()
  ReachCache* cache = nullptr;                   // what was answered a few minutes ago; null: ask anew
  /// Called after each token, from any thread, for the progress line.
  std::function<void(std::size_t done, std::size_t all)> progress;
  /// Becomes true when the user has had enough: no more is sent, and what is under way is given up.
  const std::atomic<bool>* stop = nullptr;
  /// Called after each request, from any thread.
  std::function<void(const SentRequest&)> sent;
};

/// What would be sent for one token: --probe=plan.
struct PlannedRequest {
  std::string token_id;
  std::string masked;
  std::string provider;
  std::string host;
  std::string request;  // "GET /user", "query apiToken"; never a credential
  std::string refused;  // why it would not be sent; empty: it would
};

/// The upper bound without asking: decoded grants where the token carries them, else
/// what is documented for every kind it can be.
Reach bound(const Token& token, const Catalog& catalog, std::span<const std::string> canary_accounts = {});

/// Asks the provider of each token, many tokens at once, one request in flight per token.
/// Element i belongs to tokens[i]. Never throws; every failure is Unknown with its reason.
std::vector<Reach> probe(std::span<const Token> tokens, const Catalog& catalog, Transport& transport,
                         const ProbeOptions& options);

/// The first requests probe() would make. Sends nothing.
std::vector<PlannedRequest> plan(std::span<const Token> tokens, const Catalog& catalog, const ProbeOptions& options);

/// Throws UsageError unless `url` is http(s) on a loopback address.
void require_loopback(const std::string& provider, const std::string& url);

/// A transport over libcurl, which is loaded with dlopen at this call, so that a run
/// that does not probe never maps a network library. Error when it cannot be loaded.
Result<std::unique_ptr<Transport>> open_network();

}  // namespace overreach
