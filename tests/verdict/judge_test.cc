#include "detectors/verdict/judge.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/verdict/fixture.h"

namespace overreach {
namespace {

using namespace testing;

const Where kProduction = {{"environment", "production"}};

TEST_CASE("the verdict says how sure the excess is", "[verdict][judge]") {
  const Provider provider = trains();
  const auto g = [&](const char* id, Proof proof = Proof::proven) { return grant(provider, id, kProduction, proof); };
  const Need domains = need({needed("domain.write")});
  const Need unread = need({needed("domain.write")}, Confidence::unknown);
  const Need nothing = need({});
  struct Row {
    const char* name;
    Reach reach;
    Need need;
    Verdict verdict;
    Severity severity;
  };
  Powers odd = powers({});
  odd.unmapped = {"moon:fly"};
  const Row rows[] = {
      {"dead", Dead{"HTTP 401"}, domains, Verdict::dead, Severity::low},
      {"proven excess", Live{powers({g("domain.write"), g("volume.destroy")})}, domains, Verdict::overreach,
       Severity::critical},
      {"carried by the token", Live{powers({g("volume.destroy", Proof::decoded)})}, domains, Verdict::overreach,
       Severity::critical},
      {"only documented", Live{powers({g("domain.write"), g("volume.destroy", Proof::documented)})}, domains,
       Verdict::may_overreach, Severity::high},
      {"only assumed", Live{powers({g("volume.destroy", Proof::assumed)})}, domains, Verdict::may_overreach,
       Severity::medium},
      {"proven and harmless", Live{powers({g("domain.write"), g("project.read")})}, domains, Verdict::may_overreach,
       Severity::note},
      {"nothing more", Live{powers({g("domain.write")})}, domains, Verdict::fits, Severity::low},
      {"alive and powerless", Live{powers({})}, nothing, Verdict::fits, Severity::low},
      {"a scope nobody knows", Live{odd}, domains, Verdict::may_overreach, Severity::low},
      {"a use was not read and may need it", Live{powers({g("deployment.create")})}, unread, Verdict::may_overreach,
       Severity::high},
      // No purpose deletes a volume by accident.
      {"a use was not read, but this is destruction", Live{powers({g("volume.destroy")})}, unread, Verdict::overreach,
       Severity::critical},
      {"not probed", NotProbed{powers({g("volume.destroy", Proof::documented)})}, domains, Verdict::may_overreach,
       Severity::high},
      {"not probed, nothing more", NotProbed{powers({g("domain.write", Proof::documented)})}, domains, Verdict::fits,
       Severity::low},
      {"no answer", Unknown{"HTTP 500", powers({g("volume.destroy", Proof::documented)})}, domains, Verdict::unknown,
       Severity::medium},
      {"no answer, little at stake", Unknown{"HTTP 500", powers({})}, domains, Verdict::unknown, Severity::low},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      const Finding finding = judge(token(), row.reach, row.need, provider);
      CHECK(to_string(finding.verdict) == to_string(row.verdict));
      CHECK(to_string(finding.severity) == to_string(row.severity));
      CHECK(finding.headline.ends_with('.'));
      CHECK(finding.provider_title == "Trains");
      CHECK((row.verdict != Verdict::fits || finding.excess.empty()));
    }
}

TEST_CASE("the headline says what it is for and what it can do", "[verdict][judge]") {
  const Provider provider = trains();
  Powers reach = powers({grant(provider, "domain.write"), grant(provider, "volume.destroy", kProduction)});
  reach.resources = {{"volume", "v1", "scratch", {{"environment", "staging"}}},
                     {"volume", "v2", "pgdata", {{"environment", "production"}}}};
  const Need domains = need({needed("domain.write")});
  const auto headline = [&](Reach r, Need n) { return judge(token(), std::move(r), std::move(n), provider).headline; };
  CHECK(headline(Live{reach}, domains) ==
        "This Trains account token is for domain.write, but it can destroy the production volume `pgdata` and its "
        "backups.");
  CHECK(headline(Live{reach}, need({})) ==
        "This Trains account token has no use in the code that was read, but it can destroy the production volume "
        "`pgdata` and its backups, and 1 more beyond that.");
  CHECK(
      headline(NotProbed{powers({grant(provider, "volume.destroy", {}, Proof::documented)}, "")}, domains) ==
      "This Trains API token is for domain.write, but may be able to delete a volume, with its backups (not probed).");
  CHECK(headline(Live{powers({grant(provider, "domain.write")}, "project")}, domains) ==
        "This Trains project token is for domain.write and can do no more than that.");
  CHECK(headline(Dead{"HTTP 401"}, domains) ==
        "This Trains API token is not accepted any more (HTTP 401): remove it from the code.");
  CHECK(headline(Unknown{"Trains answered 500", powers({})}, domains) ==
        "What this Trains account token can do is unknown (Trains answered 500); acts as the user who made it.");
  Need unread = need({needed("domain.write")}, Confidence::unknown);
  unread.unresolved = {{"deploy.sh", 3, "eval $CMD", "runs something"}};
  CHECK(headline(Live{powers({grant(provider, "deployment.create")})}, unread) ==
        "This Trains account token is for domain.write, but it can deploy; at least one use could not be read.");
}

TEST_CASE("a provider without a table is unknown, never harmless", "[verdict][judge]") {
  Provider provider = trains();
  provider.capabilities.clear();
  provider.kinds.clear();
  const Finding offline = judge(token(), NotProbed{}, need({}), provider);
  CHECK(offline.verdict == Verdict::unknown);
  CHECK(offline.severity == Severity::medium);
  CHECK(offline.headline == "This Trains API token was not probed: acts as the user who made it.");
  CHECK(judge(token(), Live{}, need({}), provider).headline ==
        "This Trains API token works: acts as the user who made it.");
}

TEST_CASE("what may be seen is a note, and test mode is low", "[verdict][judge]") {
  const Provider provider = trains();
  const Reach reach = Live{powers({grant(provider, "volume.destroy", kProduction)})};
  const auto severity = [&](const char* sensitivity) {
    Token one = token();
    one.sensitivity = sensitivity;
    return judge(one, reach, need({}), provider).severity;
  };
  CHECK(severity("secret") == Severity::critical);
  CHECK(severity("test") == Severity::low);
  CHECK(severity("publishable") == Severity::note);
}

TEST_CASE("a token made for test mode reaches no production", "[verdict][judge]") {
  const Provider provider = trains();
  Token one = token();
  one.environment = Environment::development;
  const Finding finding = judge(one, Live{powers({grant(provider, "volume.destroy")})}, need({}), provider);
  CHECK(finding.severity == Severity::medium);
}

TEST_CASE("a loose match that nobody confirmed is one step lower", "[verdict][judge]") {
  const Provider provider = trains();
  Token one = token();
  one.confidence = "possible";
  const Powers upto = powers({grant(provider, "volume.destroy", {}, Proof::documented)});
  CHECK(judge(one, NotProbed{upto}, need({}), provider).severity == Severity::medium);
  CHECK(judge(one, Live{upto}, need({}), provider).severity == Severity::high);
}

TEST_CASE("the fix names a kind that still fits, and the gate for the rest", "[verdict][fix]") {
  const Provider provider = trains();
  const Reach reach = Live{powers({grant(provider, "domain.write"), grant(provider, "volume.destroy", kProduction)})};
  Token committed = token();
  committed.sites[0].origin.source = Origin::Source::commit;
  const Fix fix = judge(committed, reach, need({needed("domain.write")}), provider).fix;
  CHECK(fix.narrower_kind == "project");
  CHECK(fix.needs_gate);
  CHECK(fix.link == "https://trains.example/p/tokens");
  CHECK(fix.summary == "Replace it with a project token, and gate what no kind of token can leave out.");
  const std::vector<std::string> steps = {
      "Make a project token: Project, Settings, Tokens (https://trains.example/p/tokens).",
      "Put it in place of the old one: TRAINS_TOKEN in deploy.sh:7.",
      "Revoke the old token at https://trains.example/tokens.",
      "It is in git history, so every clone has it: revoking is what counts, deleting the line is not enough.",
      "Add the gate (overreach scan --gates DIR): no kind of Trains token is narrow enough, so it is what stops the "
      "rest.",
      "Keep backups outside the platform."};
  CHECK(fix.steps == steps);
}

TEST_CASE("a token as narrow as the provider makes them has only small excess, outside production",
          "[verdict][judge]") {
  const Provider provider = trains();
  const Need domains = need({needed("domain.write")});
  struct Row {
    const char* name;
    const char* kind;
    const char* environment;
    Verdict verdict;
    Severity severity;
  };
  const Row rows[] = {
      {"narrowest kind, staging", "project", "staging", Verdict::may_overreach, Severity::low},
      {"narrowest kind, production", "project", "production", Verdict::overreach, Severity::critical},
      {"narrowest kind, environment not known", "project", "blue", Verdict::overreach, Severity::critical},
      {"a wider kind, staging", "account", "staging", Verdict::overreach, Severity::high},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      const Where where = {{"environment", row.environment}};
      const Reach reach = Live{powers({grant(provider, "volume.destroy", where)}, row.kind)};
      const Finding finding = judge(token(), reach, domains, provider);
      CHECK(to_string(finding.verdict) == to_string(row.verdict));
      CHECK(to_string(finding.severity) == to_string(row.severity));
    }
}

TEST_CASE("what nobody asked about is never a small matter when it may change things", "[verdict][judge]") {
  const Provider provider = trains();
  const auto severity = [&](const char* capability) {
    const Reach reach = NotProbed{powers({grant(provider, capability, {}, Proof::assumed)})};
    return judge(token(), reach, need({}), provider).severity;
  };
  CHECK(to_string(severity("volume.destroy")) == "medium");
  CHECK(to_string(severity("project.read")) == "note");
}

TEST_CASE("places named by id in code are the provider's names", "[verdict][judge]") {
  const Provider provider = trains();
  Powers reach = powers({grant(provider, "domain.write", {{"environment", "staging"}}),
                         grant(provider, "domain.write", {{"environment", "production"}})});
  reach.resources = {{"environment", "e-1", "staging", {}}, {"environment", "e-2", "production", {}}};
  Need staging = need({needed("domain.write")});
  staging.grants[0].where = {{"environment", "e-1"}};
  const Finding finding = judge(token(), Live{reach}, staging, provider);
  CHECK(finding.need.grants[0].where.get("environment") == "staging");
  REQUIRE(finding.excess.size() == 1);
  CHECK(finding.excess[0].grant.where.get("environment") == "production");
}

TEST_CASE("no kind is named when it would break the code or nothing is known", "[verdict][fix]") {
  const Provider provider = trains();
  const Reach reach = Live{powers({grant(provider, "domain.write"), grant(provider, "volume.destroy", kProduction)})};
  CHECK(judge(token(), reach, need({needed("token.create")}), provider).fix.narrower_kind.empty());
  CHECK(
      judge(token(), reach, need({}, Confidence::unknown), provider).fix.summary.starts_with("Find out what uses it"));
  CHECK(judge(token(), reach, need({}), provider).fix.summary == "Revoke it: no code that was read uses it.");
  const Reach narrow = Live{powers({grant(provider, "volume.destroy", kProduction)}, "project")};
  CHECK(judge(token(), narrow, need({needed("domain.write")}), provider).fix.narrower_kind.empty());
  const Fix dead = judge(token(), Dead{"HTTP 401"}, need({}), provider).fix;
  CHECK(dead.steps == std::vector<std::string>{"Take it out of TRAINS_TOKEN in deploy.sh:7."});
}

TEST_CASE("findings are sorted worst first, whatever their order was", "[verdict]") {
  const auto finding = [](Severity severity, Verdict verdict, const char* provider, const char* id) {
    Finding out;
    out.severity = severity;
    out.verdict = verdict;
    out.token.provider = provider;
    out.token.id = id;
    return out;
  };
  const std::vector<Finding> expected = {
      finding(Severity::critical, Verdict::overreach, "b", "2"), finding(Severity::high, Verdict::overreach, "a", "3"),
      finding(Severity::high, Verdict::may_overreach, "a", "1"),
      finding(Severity::high, Verdict::may_overreach, "a", "4"), finding(Severity::note, Verdict::fits, "a", "0")};
  std::vector<Finding> mixed = {expected[3], expected[4], expected[1], expected[0], expected[2]};
  sort_findings(mixed);
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(mixed[i].token.id == expected[i].token.id);
}

}  // namespace
}  // namespace overreach
