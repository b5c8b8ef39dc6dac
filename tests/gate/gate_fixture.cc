#include "tests/gate/gate_fixture.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "rules/catalog/rule_file.h"

namespace overreach::testing {
namespace {

namespace fs = std::filesystem;

Excess severe(const Capability& capability, Severity severity) {
  Excess excess;
  excess.grant = {capability.id, capability.effect, {}, Proof::proven};
  excess.title = capability.title;
  excess.severity = severity;
  return excess;
}

NeededGrant needed_grant(const Capability& capability) {
  NeededGrant grant;
  grant.capability = capability.id;
  grant.effect = capability.effect;
  grant.confidence = Confidence::certain;
  return grant;
}

Site site(Origin::Source source, std::string path, std::string name) {
  Site site;
  site.origin.source = source;
  site.origin.path = std::move(path);
  site.line = 1;
  site.column = 1;
  site.name = std::move(name);
  return site;
}

Severity severity_of(Effect effect) {
  switch (effect) {
    case Effect::destroy:
      return Severity::critical;
    case Effect::read:
      return Severity::low;
    case Effect::write:
      return Severity::low;
    default:
      return Severity::high;
  }
}

Provider make_acme() {
  Provider provider;
  provider.id = "acme";
  provider.title = "Acme Cloud";
  provider.hosts = {"api.acme.example", "*.acme.example"};
  provider.env = {"ACME_TOKEN"};
  provider.clients.cli = {"acme"};
  const auto capability = [&](std::string id, Effect effect) {
    Capability c;
    c.title = "do " + id;
    c.id = std::move(id);
    c.effect = effect;
    c.resource = "thing";
    provider.capabilities.push_back(std::move(c));
  };
  capability("thing.read", Effect::read);
  capability("thing.write", Effect::write);
  capability("thing.destroy", Effect::destroy);
  capability("deploy.create", Effect::exec);
  capability("table.destroy", Effect::destroy);
  capability("refund.create", Effect::send);
  capability("secret.read", Effect::secrets);
  const auto use = [&](std::string needs) -> UseSpec& {
    provider.uses.push_back({});
    provider.uses.back().needs = std::move(needs);
    return provider.uses.back();
  };
  use("thing.read").http = {"GET /v1/things/*"};
  use("thing.write").http = {"POST /v1/things", "DELETE /v1/things/*/labels/*"};
  UseSpec& destroy = use("thing.destroy");
  destroy.http = {"DELETE /v1/things/*"};
  destroy.cli = {"acme thing rm"};
  UseSpec& deploy = use("deploy.create");
  deploy.cli = {"acme"};  // the bare command deploys
  deploy.http = {"POST /v1/deploys"};
  use("thing.read").cli = {"acme whoami", "acme thing list"};
  use("table.destroy").sql = {"DROP TABLE", "TRUNCATE"};
  use("refund.create").sdk["js"] = {"refunds.create"};
  use("secret.read").graphql = {"query secrets"};
  provider.stores = {{"~/.acme/config.json", "json", {"/token"}, ""}};
  DimensionSpec environment;
  environment.name = "environment";
  DimensionSpec project;
  project.name = "project";
  provider.where = {environment, project};
  return provider;
}

}  // namespace

const Provider& railway() {
  static const Provider provider = [] {
    auto file = load_rule_file(std::string(OVERREACH_SOURCE_DIR) + "/rules/providers/railway.yaml");
    if (!file) throw std::runtime_error(file.error().front().text());
    return std::move(file->provider);
  }();
  return provider;
}

const Provider& acme() {
  static const Provider provider = make_acme();
  return provider;
}

const Provider* find_provider(std::string_view id) {
  if (id == "railway") return &railway();
  return id == "acme" ? &acme() : nullptr;
}

Finding pocketos_finding() {
  Finding finding;
  finding.token.id = "5f0c4e1b2a3d6978";
  finding.token.provider = "railway";
  finding.verdict = Verdict::overreach;
  finding.severity = Severity::critical;
  finding.token.sites = {site(Origin::Source::tree, ".env", "RAILWAY_API_TOKEN"),
                         site(Origin::Source::tree, "tools/seed/legacy_fixtures.py", "railwayToken"),
                         site(Origin::Source::history, "scripts/old/deploy.sh", "RAILWAY_DEPLOY_TOKEN")};
  finding.need.confidence = Confidence::certain;
  finding.need.names = {"RAILWAY_API_TOKEN"};
  for (const Capability& capability : railway().capabilities) {
    const bool needed = capability.id == "domain.write" || capability.id == "domain.destroy";
    if (needed)
      finding.need.grants.push_back(needed_grant(capability));
    else
      finding.excess.push_back(severe(capability, severity_of(capability.effect)));
  }
  return finding;
}

Finding acme_finding(const std::vector<std::string>& needed, const std::vector<std::string>& excess) {
  Finding finding;
  finding.token.id = "00000000000000aa";
  finding.token.provider = "acme";
  finding.verdict = Verdict::may_overreach;
  finding.token.sites = {site(Origin::Source::tree, "app/(shop)/[id]/client.ts", "token")};
  finding.need.confidence = Confidence::likely;
  for (const std::string& id : needed) finding.need.grants.push_back(needed_grant(*acme().capability(id)));
  for (const std::string& id : excess) finding.excess.push_back(severe(*acme().capability(id), Severity::high));
  return finding;
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::string content_of(const std::vector<GateFile>& files, std::string_view path) {
  for (const GateFile& file : files)
    if (file.path == path) return file.content;
  FAIL("no gate file " << path);
  return {};
}

}  // namespace overreach::testing
