#include "tests/probe/recorded_probe.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>

#include "rules/catalog/rule_file.h"

namespace overreach::testing {
namespace {

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, separator);) out.push_back(part);
  return out;
}

std::string setting(const Recording& recording, const std::string& name) {
  for (const auto& [key, value] : recording.settings)
    if (key == name) return value;
  return {};
}

std::string why_of(const Reach& reach) {
  if (const auto* unknown = std::get_if<Unknown>(&reach)) return unknown->why;
  if (const auto* dead = std::get_if<Dead>(&reach)) return dead->why;
  return {};
}

std::string resource_text(const Resource& resource) {
  return "resource " + resource.type + " " + resource.id + " in " + resource.where.text();
}

/// Everything that may stand after '='.
std::vector<std::string> facts_of(const Reach& reach) {
  const std::string why = why_of(reach);
  std::vector<std::string> facts = {std::string(state_of(reach)) + (why.empty() ? "" : " " + why)};
  const auto* live = std::get_if<Live>(&reach);
  if (live == nullptr) return facts;
  const Powers& powers = live->powers;
  facts.push_back("kind " + powers.kind);
  facts.push_back("identity " + powers.identity);
  facts.push_back("expires " + powers.expires);
  for (const Resource& resource : powers.resources) facts.push_back(resource_text(resource));
  for (const Grant& grant : powers.grants) facts.push_back(grant_text(grant));
  return facts;
}

void missing(const std::vector<std::string>& wanted, const std::vector<std::string>& found, const std::string& what,
             std::vector<std::string>& out) {
  for (const std::string& line : wanted)
    if (std::find(found.begin(), found.end(), line) == found.end()) out.push_back(what + line);
}

}  // namespace

Provider load_provider(const std::string& id) {
  const auto path = std::filesystem::path(OVERREACH_SOURCE_DIR) / "rules" / "providers" / (id + ".yaml");
  auto file = load_rule_file(path);
  if (file) return std::move(file->provider);
  std::string errors;
  for (const Diagnostic& diagnostic : file.error()) errors += diagnostic.text() + "\n";
  throw std::runtime_error(errors);
}

Token placeholder_token(const std::string& provider, std::vector<std::string> kinds) {
  Token token;
  token.id = "0123456789abcdef";
  token.provider = provider;
  token.kinds = std::move(kinds);
  token.secret = Secret("{token}");
  token.masked = "{to…";
  return token;
}

Token token_of(const Recording& recording, const Provider& provider) {
  const std::string kinds = setting(recording, "kinds");
  Token token = placeholder_token(provider.id, kinds.empty() ? provider.tokens.at(0).kinds : split(kinds, ' '));
  for (const auto& [name, value] : recording.settings) {
    const std::size_t space = value.find(' ');
    if (name == "beside")
      token.ids.push_back({.resource = value.substr(0, space), .id = value.substr(space + 1), .path = "a", .line = 1});
    if (name == "companion") token.companions.push_back({value.substr(0, space), Secret(value.substr(space + 1))});
  }
  return token;
}

/// Grants must be named completely, unless the recording says `! partial`.
std::vector<std::string> differences(const Recording& recording, const Reach& reach) {
  std::vector<std::string> out;
  const std::vector<std::string> facts = facts_of(reach);
  missing(recording.expected, facts, "missing: = ", out);
  const auto* live = std::get_if<Live>(&reach);
  if (live == nullptr) {
    if (!out.empty()) out.push_back("found:   = " + facts[0]);
    return out;
  }
  const Powers& powers = live->powers;
  const std::vector<std::string> unmapped(powers.unmapped.begin(), powers.unmapped.end());
  missing(recording.unmapped, unmapped, "missing: ? ", out);
  missing(unmapped, recording.unmapped, "surplus: ? ", out);
  missing(recording.notes, powers.notes, "missing: * ", out);
  missing(powers.notes, recording.notes, "surplus: * ", out);
  std::vector<std::string> grants;
  for (const Grant& grant : powers.grants) grants.push_back(grant_text(grant));
  const bool partial = std::any_of(recording.settings.begin(), recording.settings.end(),
                                   [](const auto& s) { return s.first == "partial"; });
  if (!partial) missing(grants, recording.expected, "surplus: = ", out);
  for (const auto& [name, value] : recording.settings)
    if (name == "without" &&
        std::any_of(grants.begin(), grants.end(), [&v = value](const auto& g) { return g.rfind(v, 0) == 0; }))
      out.push_back("surplus: grants beginning with " + value);
  if (!out.empty())
    for (const std::string& fact : facts) out.push_back("found:   = " + fact);
  return out;
}

std::string grant_text(const Grant& grant) {
  return grant.capability + " " + std::string(to_string(grant.proof)) + " " + grant.where.text();
}

}  // namespace overreach::testing
