#include "scanner/cli/asking.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "detectors/probe/probe.h"
#include "detectors/probe/reach_cache.h"
#include "scanner/cli/build_id.h"
#include "scanner/cli/interrupt.h"
#include "scanner/cli/probe_log.h"
#include "scanner/cli/progress.h"
#include "scanner/source/git/scan_cache.h"

namespace overreach {
namespace {

ProbeOptions probe_options(const NetworkOptions& network) {
  ProbeOptions options;
  options.extra_hosts = network.hosts;
  options.endpoints = network.endpoints;
  options.databases = network.databases;
  options.requests = network.requests;
  options.canaries = network.canaries;
  options.canary_accounts = network.canary_accounts;
  return options;
}

bool wanted(const Token& token, const NetworkOptions& network) {
  return network.providers.empty() ||
         std::find(network.providers.begin(), network.providers.end(), token.provider) != network.providers.end();
}

/// Asks on the terminal. Pipes and CI have said what they want with --probe.
bool consents(std::span<const Token> tokens, const Catalog& catalog, const NetworkOptions& network) {
  if (network.yes || isatty(STDIN_FILENO) == 0 || isatty(STDERR_FILENO) == 0) return true;
  std::map<std::string, std::set<std::string>> credentials;  // by host
  for (const PlannedRequest& request : plan(tokens, catalog, probe_options(network)))
    if (request.refused.empty()) credentials[request.host].insert(request.token_id);
  if (credentials.empty()) return true;
  std::cerr << "Credentials would be sent, in requests that only read, to:\n";
  for (const auto& [host, ids] : credentials)
    std::cerr << "  " << host << "  (" << ids.size() << (ids.size() == 1 ? " credential" : " credentials") << ")\n";
  std::cerr << "Go on? [y/N] " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

}  // namespace

void check_providers(const NetworkOptions& network, const Catalog& catalog) {
  std::vector<std::string> named = network.providers;
  for (const auto& [provider, url] : network.endpoints) named.push_back(provider);
  for (const std::string& provider : named)
    if (catalog.find(provider) == nullptr)
      throw UsageError("there is no provider '" + provider + "'; 'overreach rules list' names them all");
}

void print_plan(std::span<const Token> tokens, const Catalog& catalog, const NetworkOptions& network) {
  const std::vector<PlannedRequest> requests = plan(tokens, catalog, probe_options(network));
  std::cout << "With --probe these requests would be made; nothing has been sent.\n";
  for (const PlannedRequest& request : requests) {
    std::cout << "  " << request.provider << " " << request.masked << "  ";
    if (request.refused.empty())
      std::cout << request.host << "  " << request.request << "\n";
    else
      std::cout << "not asked: " << request.refused << "\n";
  }
  if (requests.empty()) std::cout << "  none: no credential was found\n";
}

std::vector<Reach> reaches(std::span<const Token> tokens, const Catalog& catalog, const NetworkOptions& network,
                           bool quiet) {
  std::vector<Reach> out;
  std::vector<Token> asked;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    out.push_back(bound(tokens[i], catalog));
    if (network.mode != "live" || !wanted(tokens[i], network)) continue;
    asked.push_back(tokens[i]);
    places.push_back(i);
  }
  if (asked.empty() || !consents(asked, catalog, network)) return out;
  const Result<std::unique_ptr<Transport>> transport = open_network();
  if (!transport) throw UsageError(transport.error().message);
  const Interrupt interrupt;
  const std::unique_ptr<ProbeLog> log = network.log.empty() ? nullptr : std::make_unique<ProbeLog>(network.log);
  std::atomic<std::size_t> done{0};
  ProbeOptions probing = probe_options(network);
  probing.stop = &interrupt.seen();
  probing.progress = [&](std::size_t count, std::size_t /*all*/) { done = count; };
  const std::unique_ptr<ReachCache> cache =
      network.no_cache ? nullptr
                       : ReachCache::open(ScanCache::default_directory(), std::string(catalog.version()) + build_id());
  probing.cache = cache.get();
  if (log != nullptr) probing.sent = [&](const SentRequest& request) { log->write(request); };
  const Progress progress(!quiet, [&] {
    return "asking providers: " + std::to_string(done) + " of " + std::to_string(asked.size()) + " credentials";
  });
  std::vector<Reach> answers = probe(asked, catalog, **transport, probing);
  for (std::size_t i = 0; i < places.size(); ++i) out[places[i]] = std::move(answers[i]);
  if (interrupt.seen()) std::cerr << "overreach: interrupted; this is what is known so far\n";
  return out;
}

}  // namespace overreach
