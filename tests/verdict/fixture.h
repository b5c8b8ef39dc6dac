// A provider like the one of the incident: kinds, no verbs.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "detectors/model/finding.h"
#include "rules/catalog/provider.h"

namespace overreach::testing {

inline Capability capability(std::string id, Effect effect, std::string resource, std::string title,
                             std::string undo = "unknown", bool takes_backups = false,
                             std::vector<std::string> includes = {}) {
  return {std::move(id), std::move(title),   effect, std::move(resource), std::move(undo),
          takes_backups, std::move(includes)};
}

inline KindSpec kind(std::string id, std::string title, std::vector<std::string> grants, bool by_verb = true) {
  return {std::move(id), std::move(title), "", std::move(grants), {}, by_verb, ""};
}

/// Trains: volumes with backups, domains, deployments, tokens.
inline Provider trains() {
  Provider out;
  out.id = "trains";
  out.title = "Trains";
  out.console = "https://trains.example/tokens";
  out.documented = "Acts as the user who made it.";
  out.capabilities = {
      capability("volume.read", Effect::read, "volume", "list volumes"),
      capability("project.read", Effect::read, "project", "list projects"),
      capability("volume.write", Effect::write, "volume", "resize volumes", "unknown", false, {"volume.read"}),
      capability("volume.destroy", Effect::destroy, "volume", "delete a volume", "none", true),
      capability("volume.shelve", Effect::destroy, "volume", "put a volume into the bin", "48 h"),
      capability("backup.destroy", Effect::destroy, "backup", "delete backups", "none"),
      capability("domain.write", Effect::write, "domain", "add domains"),
      capability("domain.destroy", Effect::destroy, "domain", "remove domains"),
      capability("deployment.create", Effect::exec, "deployment", "deploy"),
      capability("mail.send", Effect::send, "mail", "send mail", "none"),
      capability("token.create", Effect::admin, "token", "make new tokens"),
  };
  out.kinds = {kind("account", "account token", {"*"}, false),
               kind("project", "project token", {"deployment.create", "domain.write", "volume.destroy"}, false)};
  out.narrower.by_verb = false;
  out.narrower.kinds = {{"project",
                         {"domain.write", "deployment.create"},
                         "Project, Settings, Tokens",
                         "https://trains.example/p/tokens",
                         ""},
                        {"account", {"*"}, "Account, Tokens", "", ""}};
  out.narrower.advice = "Keep backups outside the platform.";
  return out;
}

inline Grant grant(const Provider& provider, std::string id, Where where = {}, Proof proof = Proof::proven) {
  const Effect effect = provider.capability(id)->effect;
  return {std::move(id), effect, std::move(where), proof};
}

inline NeededGrant needed(std::string id, Where where = {}, Confidence confidence = Confidence::certain,
                          std::vector<Evidence> evidence = {}) {
  return {std::move(id), Effect::read, std::move(where), confidence, false, std::move(evidence)};
}

inline Need need(std::vector<NeededGrant> grants, Confidence confidence = Confidence::likely) {
  Need out;
  out.confidence = confidence;
  out.grants = std::move(grants);
  return out;
}

inline Powers powers(std::vector<Grant> grants, std::string kind = "account") {
  Powers out;
  out.kind = std::move(kind);
  out.grants = std::move(grants);
  return out;
}

inline Token token() {
  Token out;
  out.id = "0123456789abcdef";
  out.provider = "trains";
  out.title = "Trains API token";
  out.kinds = {"account", "project"};
  out.confidence = "likely";
  out.sensitivity = "secret";
  Site site;
  site.origin.path = "deploy.sh";
  site.line = 7;
  site.name = "TRAINS_TOKEN";
  out.sites = {site};
  return out;
}

}  // namespace overreach::testing
