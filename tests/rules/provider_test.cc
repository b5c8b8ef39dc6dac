#include "rules/catalog/provider.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "rules/catalog/rule_file.h"
#include "tests/rules/fixture.h"

using namespace overreach;
using namespace overreach::testing;
using Strings = std::vector<std::string>;

TEST_CASE("every field of a provider file arrives in the struct of its name", "[rules]") {
  const std::string yaml = R"(provider: acme
title: Acme
console: https://acme.example/tokens
hosts: ['*.acme.example', api.acme.example]
env: [ACME_TOKEN]
documented: Everything.
tokens:
  - id: id
    title: Acme id
    prefix: [acme_id_]
    pattern: 'acme_id_[0-9]{8}'
    only_as_companion: true
    examples: ['{token}', 'x={token}']
    non_examples: ['acme_id_']
  - id: key
    title: Acme key
    kinds: [personal]
    near: [acme, akme]
    within: {before: 40, after: 120}
    pattern: 'k=(?P<secret>[0-9a-f]{32})'
    max_length: 99
    not_near: [sha]
    entropy: 3
    check: crc
    decode: [jwt]
    companions: [{role: key_id, rule: id, within_lines: 7, required: true}]
    environment: production
    sensitivity: publishable
    confidence: possible
    examples: ['acme {token}', 'acme k={secret}']
    non_examples: ['acme']
capabilities:
  - {id: a.destroy, effect: destroy, on: a, title: delete, undo: 48 h, takes_backups: true, includes: [a.read]}
  - {id: a.read, effect: read, on: a, title: list}
kinds:
  - {id: personal, title: p, reach: r, grants: [a.read], may_grant: [a.destroy], by_verb: false, expires: never}
grants: {'a/all': ['*']}
uses:
  - {needs: a.read, cli: ['acme ls'], http: ['GET /a'], graphql: ['query a'], js: [a.list], py: [a.ls], go: [A.List],
     action: [acme/a], terraform: [acme_a], sql: [SELECT]}
clients: {cli: [acme], js: ['@acme/sdk'], py: [acme], go: [acme.example/go], construct: [Acme], url_schemes: [acme]}
where: [{name: environment, flags: [-e], env: [ACME_ENV], args: [environmentId]}]
ids: [{resource: a, names: [aId], pattern: '[0-9]{8}'}]
narrower:
  by_verb: false
  kinds: [{kind: personal, fits: [a.read], how: Settings, link: 'https://acme.example/s', note: slow}]
  advice: Keep backups.
stores: [{path: ~/.acme, format: json, keys: [/t], kind: personal}]
)";
  const auto file = parse_rule_file("acme.yaml", yaml);
  if (!file) FAIL(file.error().front().text());
  const Provider& p = file->provider;
  CHECK(p.id == "acme");
  CHECK(p.title == "Acme");
  CHECK(p.console == "https://acme.example/tokens");
  CHECK(p.hosts == Strings{"*.acme.example", "api.acme.example"});
  CHECK(p.env == Strings{"ACME_TOKEN"});
  CHECK(p.documented == "Everything.");

  REQUIRE(p.tokens.size() == 2);
  CHECK(p.tokens[0].prefix == Strings{"acme_id_"});
  CHECK(p.tokens[0].only_as_companion);
  CHECK(p.tokens[0].max_length == 512);
  CHECK(p.tokens[0].sensitivity == "secret");
  CHECK(p.tokens[0].confidence == "likely");
  const TokenRule& key = p.tokens[1];
  CHECK(key.id == "acme/key");
  CHECK(key.title == "Acme key");
  CHECK(key.kinds == Strings{"personal"});
  CHECK(key.near == Strings{"acme", "akme"});
  CHECK(key.before == 40);
  CHECK(key.after == 120);
  CHECK(key.pattern == "k=(?P<secret>[0-9a-f]{32})");
  CHECK(key.max_length == 99);
  CHECK(key.not_near == Strings{"sha"});
  CHECK(key.entropy == 3.0);
  CHECK(key.check == "crc");
  CHECK(key.decode == Strings{"jwt"});
  REQUIRE(key.companions.size() == 1);
  CHECK(key.companions[0].role == "key_id");
  CHECK(key.companions[0].rule == "acme/id");
  CHECK(key.companions[0].within_lines == 7);
  CHECK(key.companions[0].required);
  CHECK(!key.only_as_companion);
  CHECK(key.environment == "production");
  CHECK(key.sensitivity == "publishable");
  CHECK(key.confidence == "possible");
  CHECK(key.examples == Strings{"acme {token}", "acme k={secret}"});
  CHECK(key.non_examples == Strings{"acme"});

  REQUIRE(p.capabilities.size() == 2);
  CHECK(p.capabilities[0].effect == Effect::destroy);
  CHECK(p.capabilities[0].resource == "a");
  CHECK(p.capabilities[0].title == "delete");
  CHECK(p.capabilities[0].undo == "48 h");
  CHECK(p.capabilities[0].takes_backups);
  CHECK(p.capabilities[0].includes == Strings{"a.read"});
  CHECK(p.capabilities[1].undo == "unknown");
  REQUIRE(p.kind("personal") != nullptr);
  CHECK(p.kind("personal")->grants == Strings{"a.read"});
  CHECK(p.kind("personal")->may_grant == Strings{"a.destroy"});
  CHECK(!p.kind("personal")->by_verb);
  CHECK(p.kind("personal")->expires == "never");
  CHECK(p.kind("personal")->reach == "r");
  CHECK(p.grants.at("a/all") == Strings{"*"});

  REQUIRE(p.uses.size() == 1);
  const UseSpec& use = p.uses[0];
  CHECK(use.needs == "a.read");
  CHECK(use.cli == Strings{"acme ls"});
  CHECK(use.http == Strings{"GET /a"});
  CHECK(use.graphql == Strings{"query a"});
  CHECK(use.sdk.at("js") == Strings{"a.list"});
  CHECK(use.sdk.at("py") == Strings{"a.ls"});
  CHECK(use.sdk.at("go") == Strings{"A.List"});
  CHECK(use.action == Strings{"acme/a"});
  CHECK(use.terraform == Strings{"acme_a"});
  CHECK(use.sql == Strings{"SELECT"});
  CHECK(p.clients.cli == Strings{"acme"});
  CHECK(p.clients.packages.at("js") == Strings{"@acme/sdk"});
  CHECK(p.clients.packages.at("py") == Strings{"acme"});
  CHECK(p.clients.packages.at("go") == Strings{"acme.example/go"});
  CHECK(p.clients.construct == Strings{"Acme"});
  CHECK(p.clients.url_schemes == Strings{"acme"});
  REQUIRE(p.where.size() == 1);
  CHECK(p.where[0].name == "environment");
  CHECK(p.where[0].flags == Strings{"-e"});
  CHECK(p.where[0].env == Strings{"ACME_ENV"});
  CHECK(p.where[0].args == Strings{"environmentId"});
  REQUIRE(p.ids.size() == 1);
  CHECK(p.ids[0].resource == "a");
  CHECK(p.ids[0].names == Strings{"aId"});
  CHECK(p.ids[0].pattern == "[0-9]{8}");
  CHECK(!p.narrower.by_verb);
  REQUIRE(p.narrower.kinds.size() == 1);
  CHECK(p.narrower.kinds[0].kind == "personal");
  CHECK(p.narrower.kinds[0].fits == Strings{"a.read"});
  CHECK(p.narrower.kinds[0].how == "Settings");
  CHECK(p.narrower.kinds[0].link == "https://acme.example/s");
  CHECK(p.narrower.kinds[0].note == "slow");
  CHECK(p.narrower.advice == "Keep backups.");
  REQUIRE(p.stores.size() == 1);
  CHECK(p.stores[0].path == "~/.acme");
  CHECK(p.stores[0].format == "json");
  CHECK(p.stores[0].keys == Strings{"/t"});
  CHECK(p.stores[0].kind == "personal");
  CHECK(p.probe.empty());
}

TEST_CASE("expand follows includes and the star, and drops what is not in the table", "[rules]") {
  Provider p;
  for (const char* id : {"a", "b", "c", "d"})
    p.capabilities.push_back({.id = id, .title = {}, .resource = {}, .includes = {}});
  p.capabilities[0].includes = {"b"};
  p.capabilities[1].includes = {"c", "a"};  // a circle ends
  CHECK(p.expand({"a"}) == Strings{"a", "b", "c"});
  CHECK(p.expand({"d", "c", "d"}) == Strings{"c", "d"});
  CHECK(p.expand({"*"}) == Strings{"a", "b", "c", "d"});
  CHECK(p.expand({"zebra"}).empty());
  CHECK(p.expand({}).empty());
}
