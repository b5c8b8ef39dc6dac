// Tripwires that carry a host (dumps of databases, kubeconfigs) name one of the service. An AWS key id carries the
// number of its account; in which accounts tripwires lie only those know who laid them out.
#include "detectors/probe/canary.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "rules/catalog/probe_spec.h"

namespace overreach {
namespace {

constexpr std::string_view kHosts[] = {"canarytokens.org", "canarytokens.com"};

bool is_or_lies_under(std::string_view host, std::string_view domain) {
  return host == domain ||
         (host.size() > domain.size() && host.ends_with(domain) && host[host.size() - domain.size() - 1] == '.');
}

bool at_a_host_of_canaries(const Token& token) {
  const Companion* beside = token.companion("host");
  if (beside == nullptr || beside->secret) return false;
  const std::string value(beside->value.reveal());
  const std::string host = host_of(value.find("://") == std::string::npos ? "https://" + value : value);
  return std::any_of(std::begin(kHosts), std::end(kHosts),
                     [&](std::string_view domain) { return is_or_lies_under(host, domain); });
}

}  // namespace

std::string canary_service(const Token& token, std::span<const std::string> accounts) {
  const auto account = token.facts.find("account");
  if (token.provider == "aws" && account != token.facts.end() &&
      std::find(accounts.begin(), accounts.end(), account->second) != accounts.end())
    return "the account " + account->second;
  return at_a_host_of_canaries(token) ? "canarytokens.org" : "";
}

std::string canary_note(const std::string& service) {
  return "it is a canary of " + service + ": whoever uses it raises an alarm";
}

}  // namespace overreach
