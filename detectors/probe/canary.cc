// An AWS key id carries the number of its account, and services that make tripwires keep theirs in few accounts. The
// numbers are public: TruffleHog has a list of them. Tripwires that carry a host (dumps of databases, kubeconfigs)
// name one of the service.
#include "detectors/probe/canary.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "rules/catalog/probe_spec.h"

namespace overreach {
namespace {

constexpr std::string_view kThinkst[] = {"052310077262", "171436882533", "266735846894", "534261010715",
                                         "595918472158", "717712589309", "730335385048", "819147034852",
                                         "893192397702", "992382622183"};
constexpr std::string_view kOthers[] = {"044858866125", "251535659677", "344043088457", "351906852752",
                                        "390477818340", "426127672474", "427150556519", "439872796651",
                                        "445142720921", "465867158099", "637958123769", "693412236332",
                                        "732624840810", "735421457923", "959235150393", "982842642351"};
constexpr std::string_view kHosts[] = {"canarytokens.org", "canarytokens.com"};

template <class Table>
bool contains(const Table& table, std::string_view value) {
  return std::find(std::begin(table), std::end(table), value) != std::end(table);
}

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

std::string canary_service(const Token& token) {
  const auto account = token.facts.find("account");
  if (token.provider == "aws" && account != token.facts.end()) {
    if (contains(kThinkst, account->second)) return "canarytokens.org";
    if (contains(kOthers, account->second)) return "a service like canarytokens.org";
  }
  return at_a_host_of_canaries(token) ? "canarytokens.org" : "";
}

std::string canary_note(const std::string& service) {
  return "it is a canary of " + service + ": whoever uses it raises an alarm";
}

}  // namespace overreach
