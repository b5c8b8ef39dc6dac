#include "rules/catalog/rule_file.h"

#include <array>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "rules/catalog/embedded_schemas.h"
#include "rules/catalog/schema_words.h"
#include "tests/rules/fixture.h"
#include "tests/support/temp_dir.h"

using namespace overreach;
using namespace overreach::testing;

namespace {

constexpr std::array<std::string_view, 1> kChecks = {"acme-crc32"};
constexpr std::array<std::string_view, 1> kDecoders = {"jwt"};
const KnownNames kNames{kChecks, kDecoders};

std::string errors_of(const std::string& yaml) {
  const auto file = parse_rule_file("rules/providers/acme.yaml", yaml, kNames);
  std::string out;
  if (!file)
    for (const Diagnostic& diagnostic : file.error()) out += diagnostic.text() + "\n";
  return out;
}

}  // namespace

TEST_CASE("the fixture is a valid provider file", "[rules]") { CHECK(errors_of(acme()) == ""); }

TEST_CASE("an error of form names file, line, field and what was meant", "[rules]") {
  struct Row {
    const char* name;
    const char* from;
    const char* to;
    const char* error;
  };
  const Row rows[] = {
      {"unknown field", "    pattern:", "    patern:",
       "rules/providers/acme.yaml:9: unknown field \"patern\" in tokens[0]; did you mean \"pattern\"?\n"},
      {"unknown field, nothing like it", "title: Acme\n", "title: Acme\nzebra: x\n",
       "acme.yaml:3: unknown field \"zebra\"; known here: \"capabilities\""},
      {"missing field", "    title: Acme key\n", "", "acme.yaml:5: missing field \"title\" in tokens[0]\n"},
      {"number for a text", "title: Acme\n", "title: 42\n",
       "acme.yaml:2: title must be a text, not 42; put it in quotes\n"},
      {"boolean for a text", "title: Acme\n", "title: true\n", "title must be a text, not true; put it in quotes"},
      {"nothing for a text", "title: Acme\n", "title:\n", "title must be a text, not nothing"},
      {"text for a list", "kinds: [personal]", "kinds: personal",
       "tokens[0].kinds must be a list, not \"personal\"; write it as a list: [\"personal\"]"},
      {"text for a boolean", "by_verb: false", "by_verb: no",
       "narrower.by_verb must be true or false, not \"no\"; write true or false without quotes"},
      {"quoted boolean", "by_verb: false", "by_verb: 'false'", "must be true or false, not \"false\""},
      {"list for a table", "narrower:\n", "clients: [acme]\nnarrower:\n", "clients must be a table, not a list"},
      {"effect", "effect: destroy", "effect: destory",
       "acme.yaml:15: capabilities[2].effect must be one of \"read\", \"write\", \"spend\", \"send\", \"impersonate\", "
       "\"exec\", \"secrets\", \"admin\" or \"destroy\", not \"destory\"; did you mean \"destroy\"?"},
      {"no wake", "    prefix: [acme_]\n", "",
       "acme.yaml:5: tokens[0] needs exactly one of \"prefix\", \"inside\", \"near\" or \"assigned\""},
      {"two wakes", "    prefix: [acme_]\n", "    prefix: [acme_]\n    inside: [acme_]\n",
       "needs exactly one of \"prefix\", \"inside\", \"near\" or \"assigned\""},
      {"near without within", "prefix: [acme_]", "near: [acme]", "\"near\" also needs \"within\" in tokens[0]"},
      {"short literal", "prefix: [acme_]", "prefix: [ac]", "tokens[0].prefix[0] is too short: at least 3 characters"},
      {"host with a scheme", "[api.acme.example]", "['https://api.acme.example']",
       "acme.yaml:3: hosts[0]: \"https://api.acme.example\" will not do; expected a host name in lower case without "
       "scheme"},
      {"host with a path", "[api.acme.example]", "['api.acme.example/v1']", "expected a host name"},
      {"one example", ", 'key: \"{token}\"'", "", "tokens[0].examples needs at least 2 entries"},
      {"use of nothing", ", cli: ['acme rm']", "", "uses[0] needs at least one of \"cli\", \"http\", \"graphql\""},
      {"same entry twice", "['*']}", "['*', '*']}", "kinds[0].grants holds \"*\" twice"},
      {"bad route", "cli: ['acme rm']", "http: ['/v1/things']", "expected a verb and a path on `hosts`"},
      {"unknown field of the probe", "get: /me", "gets: /me", "did you mean \"get\"?"},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      CHECK_THAT(errors_of(with(acme(), row.from, row.to)), Catch::Contains(row.error));
    }
}

TEST_CASE("an error of meaning names the line and what was meant", "[rules]") {
  struct Row {
    const char* name;
    const char* from;
    const char* to;
    const char* error;
  };
  const Row rows[] = {
      {"other file name", "provider: acme", "provider: acne",
       "acme.yaml:1: provider is \"acne\" but the file is called \"acme\""},
      {"capability of a scope", "[thing.write]\nuses", "[thing.wrote]\nuses",
       "acme.yaml:19: grants.things:write[0]: there is no capability \"thing.wrote\"; did you mean \"thing.write\"?"},
      {"capability of a kind", "grants: ['*']", "grants: [thing.rid]",
       "acme.yaml:17: kinds[0].grants[0]: there is no capability"},
      {"capability that may be granted", "grants: ['*']", "may_grant: [thing.rid]", "kinds[0].may_grant[0]: there is"},
      {"capability of a use", "needs: thing.destroy", "needs: thing.delete",
       "acme.yaml:21: uses[0].needs: there is no capability \"thing.delete\""},
      {"included capability", "includes: [thing.read]", "includes: [thing.red]",
       "capabilities[1].includes[0]: there is"},
      {"capability that fits", "fits: ['thing.read']", "fits: [thing]", "narrower.kinds[0].fits[0]: there is no"},
      {"kind of a token", "kinds: [personal]", "kinds: [persnal]",
       "tokens[0].kinds[0]: there is no kind \"persnal\"; did you mean \"personal\"?"},
      {"narrower kind", "{kind: personal,", "{kind: project,", "narrower.kinds[0].kind: there is no kind \"project\""},
      {"kind of a store", "uses:", "stores: [{path: x, format: text, kind: y}]\nuses:", "stores[0].kind: there is no"},
      {"kind of the probe", "get: /me", "get: /me\n      kind_if_refused: team",
       "probe.steps[0]: there is no kind \"team\""},
      {"host of the probe", "endpoint: https://api.acme.example", "endpoint: https://evil.example", "evil.example"},
      {"same capability twice", "id: thing.write", "id: thing.read",
       "acme.yaml:14: capabilities holds the id \"thing.read\" twice"},
      {"expression", "[0-9a-z]{24}", "([0-9a-z]{24}", "acme.yaml:9: tokens[0].pattern is no RE2 expression: missing )"},
      {"what RE2 does not do", "[0-9a-z]{24}", "(?=x)[0-9a-z]{24}", "tokens[0].pattern is no RE2 expression"},
      {"expression of nothing", "'\\bacme_[0-9a-z]{24}\\b'", "'(acme)?'", "tokens[0].pattern matches the empty text"},
      {"checksum", "    examples", "    check: acme-crc3\n    examples",
       "there is no checksum \"acme-crc3\"; did you mean \"acme-crc32\"?"},
      {"decoder", "    examples", "    decode: [jwd]\n    examples",
       "there is no decoder \"jwd\"; did you mean \"jwt\"?"},
      {"companion", "    examples", "    companions: [{role: id, rule: keys}]\n    examples",
       "tokens[0].companions[0].rule: there is no token rule \"keys\"; did you mean \"key\"?"},
      {"its own companion", "    examples", "    companions: [{role: id, rule: key}]\n    examples",
       "is the rule itself"},
      {"example without a value", "'ACME={token}'", "'ACME=abc'",
       "acme.yaml:10: tokens[0].examples[0] holds neither {token} nor {secret}"},
      {"example with a lost companion", "'ACME={token}'", "'{token} {companion:id}'", "there is no token rule \"id\""},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      CHECK_THAT(errors_of(with(acme(), row.from, row.to)), Catch::Contains(row.error));
    }
}

TEST_CASE("every error of a file is told at once, by line", "[rules]") {
  std::string yaml = with(acme(), "effect: read", "effect: reed");
  yaml = with(yaml, "    pattern:", "    patern:");
  const auto file = parse_rule_file("acme.yaml", yaml);
  REQUIRE(!file);
  REQUIRE(file.error().size() == 3);  // the field that is missing, the one that is unknown, the effect
  CHECK(file.error()[0].line == 5);
  CHECK(file.error()[1].line == 9);
  CHECK(file.error()[2].line == 13);
}

TEST_CASE("what cannot be read as a file is an error, not a wait", "[rules]") {
  const TempDir directory;
  CHECK(!load_rule_file(directory.path() / "missing.yaml"));
  CHECK(!load_rule_file(directory.path()));
  CHECK(!load_rule_file("/dev/zero"));
  CHECK(!load_rule_file(directory.write("large.yaml", std::string((1U << 20U) + 1, '#'))));
  CHECK(load_rule_file(directory.write("acme.yaml", acme())));
}

TEST_CASE("the nearest spelling is suggested, a far one is not", "[rules]") {
  const std::vector<std::string> names = {"pattern", "prefix", "near"};
  CHECK(nearest("patern", names) == "pattern");
  CHECK(nearest("prefixes", names) == "prefix");
  CHECK(nearest("zebra", names) == "");
  CHECK(nearest(std::string(100000, 'a'), names) == "");
}

TEST_CASE("the schema's effects are the program's effects", "[rules]") {
  for (const char* effect : {"read", "write", "spend", "send", "impersonate", "exec", "secrets", "admin", "destroy"}) {
    REQUIRE(parse_effect(effect));
    const std::string yaml = with(acme(), "effect: destroy", std::string("effect: ") + effect);
    const auto file = parse_rule_file("acme.yaml", yaml);
    REQUIRE(file);
    CHECK(file->provider.capabilities[2].effect == *parse_effect(effect));
  }
}

TEST_CASE("a schema keyword that nobody checks is refused", "[rules]") {
  CHECK_THROWS_AS(Schema({{"a", {{"type", "string"}, {"contains", {}}}}}, "a"), std::logic_error);
  CHECK_THROWS_AS(Schema({{"a", {{"$ref", "b.json"}}}}, "a"), std::logic_error);
  CHECK_THROWS_AS(Schema({{"a", {{"$ref", "b"}}}, {"b", {{"contains", {}}}}}, "a"), std::logic_error);
  for (const EmbeddedSchema& file : embedded_schemas()) CHECK_NOTHROW(embedded_schema(std::string(file.name)));
}
