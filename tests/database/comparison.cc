#include "tests/database/comparison.h"

#include <algorithm>
#include <utility>

#include "tests/probe/recorded_probe.h"

namespace overreach::testing {

Token database_token(const std::string& provider, const std::string& user, const std::string& password, int port,
                     const std::string& database) {
  Token token;
  token.provider = provider;
  token.rule = provider + "/url";
  token.secret = Secret(password);
  token.masked = token.secret.redacted();
  for (const auto& [role, value] : std::initializer_list<std::pair<std::string, std::string>>{
           {"database", database}, {"host", "127.0.0.1"}, {"port", std::to_string(port)}, {"user", user}})
    if (!value.empty()) token.companions.push_back({role, Secret(value), false});
  return token;
}

Reach ask_database(const Token& token) {
  const Provider provider = load_provider(token.provider);
  ProbeOptions options;
  options.databases = true;
  options.extra_hosts = {"127.0.0.1"};
  return probe_database(token, provider, Powers(), options);
}

std::vector<std::string> disagreements(const Reach& reach, const std::vector<Act>& acts,
                                       const std::vector<bool>& worked) {
  std::map<std::pair<std::string, Where>, bool> allowed;
  for (std::size_t i = 0; i < acts.size(); ++i) {
    bool& any = allowed[{acts[i].capability, acts[i].where}];
    any = any || worked[i];
  }
  std::vector<std::string> out;
  if (!std::holds_alternative<Live>(reach)) return {"not live"};
  const std::vector<Grant>& grants = std::get<Live>(reach).powers.grants;
  for (const auto& [what, works] : allowed) {
    const auto holds = [&](const Grant& grant) {
      return grant.capability == what.first && grant.where.covers(what.second);
    };
    const bool unsure = std::any_of(grants.begin(), grants.end(),
                                    [&](const Grant& grant) { return holds(grant) && grant.proof != Proof::proven; });
    const bool proven = std::any_of(grants.begin(), grants.end(),
                                    [&](const Grant& grant) { return holds(grant) && grant.proof == Proof::proven; });
    if (proven && !works) out.push_back(what.first + " at " + what.second.text() + " is called proven, and is refused");
    if (!proven && !unsure && works)
      out.push_back(what.first + " at " + what.second.text() + " is not named, and works");
  }
  return out;
}

}  // namespace overreach::testing
