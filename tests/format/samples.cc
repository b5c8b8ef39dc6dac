#include "tests/format/samples.h"

#include <fmt/format.h>

#include "scanner/base/hash.h"

namespace overreach::samples {
namespace {

constexpr std::string_view kCommit = "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d";

/// A site whose excerpt is `name` + masked + `after`, as masking leaves it.
Site site(Origin origin, std::uint32_t line, std::string_view before, std::string_view masked,
          std::string_view after = "") {
  Site s;
  s.origin = std::move(origin);
  s.line = s.end_line = line;
  s.column = s.utf16_column = static_cast<std::uint32_t>(before.size() + 1);
  s.end_column = s.utf16_end_column = s.column + 36;
  s.excerpt = fmt::format("{}{}{}", before, masked, after);
  s.excerpt_column = s.column;
  s.excerpt_end_column = s.column + static_cast<std::uint32_t>(masked.size());
  return s;
}

Origin tree(std::string path, bool ignored = false) {
  return {Origin::Source::tree, std::move(path), "", ignored, true};
}
Origin history(std::string path) {
  return {Origin::Source::history, std::move(path), std::string(kCommit), false, false};
}

Where in(std::string environment) { return {{"environment", std::move(environment)}, {"project", "rentals"}}; }

Token token(std::string_view sample, std::string provider, std::string rule, std::string title, std::string masked) {
  Token t;
  t.id = hex(sha256(sample)).substr(0, 16);
  t.provider = std::move(provider);
  t.rule = std::move(rule);
  t.title = std::move(title);
  t.confidence = "sure";
  t.sensitivity = "secret";
  t.secret = Secret(planted(sample));
  t.masked = std::move(masked);
  t.companions = {{"host", Secret(planted("host of " + std::string(sample))), false},
                  {"secret_access_key", Secret(planted("half of " + std::string(sample))), true}};
  return t;
}

Excess excess(std::string capability, Effect effect, Where where, std::string title, Severity severity,
              std::vector<std::string> why, bool backups = false) {
  Excess e;
  e.grant = {std::move(capability), effect, std::move(where), Proof::proven};
  e.title = std::move(title);
  e.severity = severity;
  e.takes_backups = backups;
  e.why = std::move(why);
  return e;
}

Powers railway_powers() {
  Powers p;
  p.kind = "account";
  p.identity = "user ops@rentals.example";
  p.expires = "never";
  for (const char* environment : {"production", "staging"}) {
    for (const char* thing : {"domain", "service", "volume"})
      p.grants.push_back({fmt::format("{}.destroy", thing), Effect::destroy, in(environment), Proof::proven});
    p.grants.push_back({"domain.write", Effect::write, in(environment), Proof::proven});
    p.grants.push_back({"variable.read", Effect::secrets, in(environment), Proof::proven});
    p.grants.push_back({"project.read", Effect::read, in(environment), Proof::proven});
  }
  p.grants.push_back({"project.destroy", Effect::destroy, {{"project", "billing"}}, Proof::documented});
  p.resources = {{"environment", "env-1", "production", in("production")},
                 {"environment", "env-2", "staging", in("staging")},
                 {"volume", "vol-1", "pgdata", in("production")}};
  p.unmapped = {"beta:edge"};
  p.notes = {"The volume pgdata has no backup outside the platform"};
  return p;
}

Need railway_need() {
  Need need;
  need.confidence = Confidence::certain;
  NeededGrant domains{"domain.write", Effect::write, {}, Confidence::certain, false, {}};
  domains.evidence = {{"scripts/domains.sh", 4, "export RAILWAY_TOKEN=3f2a…", "defines RAILWAY_TOKEN"},
                      {".github/workflows/domains.yml", 12, "RAILWAY_TOKEN: ${{ secrets.RAILWAY_TOKEN }}",
                       "passes it as RAILWAY_TOKEN"},
                      {"scripts/domains.sh", 9, "add_domain \"$1\"", "hands it to add_domain"},
                      {"scripts/domains.sh", 17, "railway domain \"$1\"", "runs railway domain"}};
  NeededGrant reads{"project.read", Effect::read, in("staging"), Confidence::likely, false, {}};
  reads.evidence = {{"scripts/domains.sh", 4, "export RAILWAY_TOKEN=3f2a…", "defines RAILWAY_TOKEN"},
                    {"scripts/domains.sh", 11, "railway status", "runs railway status"}};
  need.grants = {domains, reads};
  need.names = {"RAILWAY_TOKEN"};
  need.files_read = 6;
  return need;
}

std::vector<Excess> railway_excess() {
  using enum Effect;
  return {excess("volume.destroy", destroy, in("production"), "delete a volume and what is on it", Severity::critical,
                 {"cannot be undone", "the backups die with it", "production"}, true),
          excess("service.destroy", destroy, in("production"), "delete a service", Severity::critical,
                 {"cannot be undone", "production"}),
          excess("variable.read", secrets, in("production"), "read every variable", Severity::high,
                 {"returns secrets", "production"}),
          excess("project.destroy", destroy, {{"project", "billing"}}, "delete a project", Severity::high,
                 {"cannot be undone"}),
          excess("volume.destroy", destroy, in("staging"), "delete a volume and what is on it", Severity::medium,
                 {"cannot be undone", "the backups die with it"}, true),
          excess("service.destroy", destroy, in("staging"), "delete a service", Severity::medium, {"cannot be undone"}),
          excess("domain.destroy", destroy, in("staging"), "remove a domain", Severity::medium, {"cannot be undone"}),
          excess("variable.read", secrets, in("staging"), "read every variable", Severity::medium, {"returns secrets"}),
          excess("domain.destroy", destroy, in("production"), "remove a domain", Severity::medium, {"production"})};
}

}  // namespace

std::string planted(std::string_view name) { return fmt::format("planted/\"{}\"+secret value", name); }

Finding railway() {
  Finding f;
  f.token = token("railway", "railway", "railway/api-token", "Railway API token", "3f2a…");
  f.token.kinds = {"account", "workspace", "project"};
  f.token.sites = {site(tree(".env", true), 2, "RAILWAY_API_TOKEN=", "3f2a…"),
                   site(tree("scripts/domains.sh"), 4, "export RAILWAY_TOKEN=", "3f2a…", "  # domains only"),
                   site(tree("src/legacy/seed.ts"), 31, "\tconst t = \"", "3f2a…", "\";"),
                   site(history("deploy/old.yml"), 8, "token: ", "3f2a…")};
  f.token.sites[1].name = "RAILWAY_TOKEN";
  f.token.ids = {{"volume", "11111111-2222-4333-8444-555555555555", "docs/runbook.md", 40}};
  f.token.facts = {{"shape", "uuid"}};
  f.provider_title = "Railway";
  f.reach = Live{railway_powers()};
  f.need = railway_need();
  f.excess = railway_excess();
  f.verdict = Verdict::overreach;
  f.severity = Severity::critical;
  f.headline = "used to manage custom domains, this token can delete the production volume and its backups";
  f.fix.summary = "Railway has no token that is narrower by verb; use a project token and put a gate before the rest";
  f.fix.steps = {"Make a project token for staging.", "Deploy it.", "Revoke this token."};
  f.fix.narrower_kind = "project";
  f.fix.needs_gate = true;
  f.fix.link = "https://railway.example/account/tokens";
  f.gates = {{"claude-code",
              "gates/claude-code/settings.json",
              {"volume.destroy", "service.destroy"},
              {"calls made with a client that is not in the rules"}},
             {"cedar", "", {"volume.destroy"}, {}}};
  return f;
}

Finding dead() {
  Finding f;
  f.token = token("dead one", "github", "github/pat-classic", "GitHub classic personal access token", "ghp_…");
  f.token.kinds = {"pat-classic"};
  f.token.sites = {site(tree("ci/release.sh"), 3, "GH_TOKEN=", "ghp_…")};
  f.provider_title = "GitHub";
  f.reach = Dead{"api.github.com answered 401"};
  f.need.confidence = Confidence::likely;
  f.need.files_read = 1;
  f.verdict = Verdict::dead;
  f.severity = Severity::note;
  f.headline = "GitHub does not accept this token any more";
  f.fix.summary = "Remove it";
  return f;
}

Finding not_probed() {
  Finding f;
  f.token = token("not probed", "digitalocean", "digitalocean/pat", "DigitalOcean personal access token", "dop_…");
  f.token.kinds = {"full", "custom"};
  f.token.sites = {site(tree("infra/main.tf"), 12, "  token = \"", "dop_…", "\"")};
  NotProbed reach;
  reach.upto.grants = {{"droplet.destroy", Effect::destroy, {}, Proof::documented},
                       {"account.admin", Effect::admin, {}, Proof::assumed}};
  f.reach = reach;
  f.provider_title = "DigitalOcean";
  f.need.confidence = Confidence::low;
  f.need.grants = {{"droplet.read", Effect::read, {}, Confidence::low, false, {{"infra/main.tf", 12, "", "names it"}}}};
  f.excess = {excess("droplet.destroy", Effect::destroy, {}, "delete a droplet", Severity::high, {})};
  f.excess[0].grant.proof = Proof::documented;
  f.verdict = Verdict::may_overreach;
  f.severity = Severity::high;
  f.headline = "this token may delete droplets, which no code here does";
  f.fix.summary = "Ask the provider, then make a custom token";
  return f;
}

Finding unknown() {
  Finding f;
  f.token = token("unknown one", "gitlab", "gitlab/pat", "GitLab personal access token", "glpa…");
  f.token.sites = {site(tree("café/deploy 1.py"), 7, "TOKEN = '", "glpa…", "'  # ключ")};
  f.reach = Unknown{"gitlab.example answered 200 with HTML, which is a login page", {}};
  f.provider_title = "GitLab";
  f.need.confidence = Confidence::unknown;
  f.need.unresolved = {{"café/deploy 1.py", 9, "getattr(client, name)()", "calls a method whose name is computed"}};
  f.verdict = Verdict::unknown;
  f.severity = Severity::medium;
  f.fix.summary = "Find out what it is for";
  return f;
}

Finding fitting() {
  Finding f;
  f.token = token("fitting", "railway", "railway/api-token", "Railway API token", "77d0…");
  f.token.kinds = {"project"};
  f.token.sites = {site({Origin::Source::index, "deploy/staging.sh", "", false, false}, 2, "T=", "77d0…")};
  Live live;
  live.powers.kind = "project";
  live.powers.expires = "2027-01-31";
  live.powers.grants = {{"deploy.write", Effect::exec, in("staging"), Proof::proven}};
  f.reach = live;
  f.provider_title = "Railway";
  f.need.confidence = Confidence::certain;
  f.need.grants = {{"deploy.write", Effect::exec, in("staging"), Confidence::certain, true, {}}};
  f.need.declared = Declaration{
      "T", {"deploy.write"}, in("staging"), "staging deploys", "2026-12-31", false, {"logs.read"}, {}, "overreach.yaml",
      3};
  f.verdict = Verdict::fits;
  f.severity = Severity::low;
  f.headline = "deploys to staging, and can do no more than that";
  return f;
}

Finding history_only() {
  Finding f;
  f.token = token("history", "ssh", "private-key/openssh", "OpenSSH private key", "-----BEGIN…");
  f.token.sites = {site(history("keys/deploy"), 1, "", "-----BEGIN…")};
  f.token.sites[0].end_line = 7;
  NotProbed reach;
  f.reach = reach;
  f.provider_title = "Private key";
  f.need.confidence = Confidence::likely;
  f.need.files_read = 12;
  f.verdict = Verdict::may_overreach;
  f.severity = Severity::medium;
  f.headline = "a private key was committed and removed again";
  f.fix.summary = "Replace the key pair; history keeps this one";
  return f;
}

std::vector<Finding> all() { return {railway(), not_probed(), history_only(), unknown(), fitting(), dead()}; }

ScanSummary summary() {
  ScanSummary s;
  s.version = "0.1.0";
  s.rules_version = "0011223344556677";
  s.root = ".";
  s.mode = "tree";
  s.files = 412;
  s.blobs = 38;
  s.commits = 12;
  s.bytes = 3'412'000;
  s.skipped = {{"assets/logo.png", "binary", false}, {"private/key.pem", "permission denied", true}};
  s.probed = true;
  s.revision = "89abcdef0123456789abcdef0123456789abcdef";
  s.branch = "main";
  s.repository_url = "https://git.example/rentals/app";
  s.exit_code = 3;
  s.notices = {"The clone is shallow: history before 1a2b3c4 was not seen"};
  return s;
}

}  // namespace overreach::samples
