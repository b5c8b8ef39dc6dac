// What a provider file may not say.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

#include "rules/catalog/graphql_document.h"
#include "rules/catalog/probe_spec.h"
#include "scanner/base/result.h"

namespace overreach {
namespace {

using nlohmann::json;

TEST_CASE("a GraphQL document is taken only when it is one pure query with one root field", "[probe]") {
  struct Row {
    const char* name;
    const char* document;
    const char* objection;  // part of it; empty: taken
  };
  const Row rows[] = {
      {"short form", "{ me { id } }", ""},
      {"named, with variables",
       "query Q($id: ID = \"mutation {\", $f: F = {a: [1]}) { node(id: $id, f: {b: 2}) { id } }", ""},
      {"alias and comment", "# mutation\nquery { mine: me { id } }", ""},
      {"fragment beside it", "query { me { ...F } } fragment F on User { id }", ""},
      {"block string", "query { a(b: \"\"\"} mutation { x \\\"\"\" y\"\"\") { id } }", ""},
      {"mutation", "mutation { volumeDelete(volumeId: \"1\") }", "`mutation`"},
      {"subscription", "subscription { events { id } }", "`subscription`"},
      {"mutation behind a query", "query { me { id } } mutation { volumeDelete(volumeId: \"1\") }", "`mutation`"},
      {"mutation behind a comment's end", "# harmless\r\nquery { me { id } }\n#\nmutation { x }", "`mutation`"},
      {"field of that name", "query { me { mutation } }", "`mutation`"},
      {"two operations", "query A { a } query B { b }", "2 operations"},
      {"two root fields", "query { me { id } projects { id } }", "2 root fields"},
      {"two root fields, one an alias", "query { a: me { id } b: me { id } }", "2 root fields"},
      {"spread at the root", "query { ...F } fragment F on Query { me { id } projects { id } }", "not a field"},
      {"inline fragment at the root", "query { ... on Query { me { id } } }", "not a field"},
      {"only a fragment", "fragment F on User { id }", "0 operations"},
      {"schema definition", "extend type Query { x: Int }", "does not begin a query"},
      {"open bracket", "query { me { id }", "not closed"},
      {"open string", "query { me(a: \"x) { id } }", "not closed"},
      {"nothing", "", "0 operations"},
      {"nothing selected", "query { }", "0 root fields"},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      const std::string objection = graphql_objection(row.document);
      INFO(objection);
      if (*row.objection == '\0')
        CHECK(objection.empty());
      else
        CHECK(objection.find(row.objection) != std::string::npos);
    }
}

TEST_CASE("the root field is found behind an alias and variables", "[probe]") {
  CHECK(graphql_root_field("query ($a: Int) { x: apiToken(a: $a) { id } }") == "apiToken");
  CHECK(graphql_root_field("mutation { apiToken }").empty());
}

json step(const char* text) {
  json out = json::parse(text);
  if (!out.contains("id")) out["id"] = "s";
  if (!out.contains("alive")) out["alive"] = json::array({json{{"status", 200}}});
  return out;
}

TEST_CASE("a probe that is not a read, or would leak, does not load", "[probe]") {
  struct Row {
    const char* name;
    const char* step;
    const char* message;
  };
  const Row rows[] = {
      {"mutation", R"({"graphql": "mutation { volumeDelete(volumeId: \"1\") }"})", "not a single pure query"},
      {"secret in a path", R"({"get": "/me?token={secret}"})", "may not stand in a URL"},
      {"secret in a query, with a reason", R"({"get": "/me?token={secret}", "secret_in_path": "the API wants it"})",
       "not in the host or the query"},
      {"secret in a host, with a reason",
       R"({"get": "https://{secret}.example.com/me", "secret_in_path": "the API wants it"})",
       "not in the host or the query"},
      {"secret twice", R"({"get": "/{secret}/{secret}", "secret_in_path": "the API wants it"})", "twice"},
      {"a reason for nothing", R"({"get": "/me", "secret_in_path": "the API wants it"})", "does not hold {secret}"},
      {"secret in a path with pages",
       R"({"get": "/{secret}", "secret_in_path": "the API wants it", "pages": {"link": true}})", "has no `pages`"},
      {"secret in a variable", R"({"graphql": "query { me }", "variables": {"t": "{secret}"}})", "GraphQL variable"},
      {"post without a reason", R"({"post": "/introspect"})", "needs a `reason`"},
      {"plain http", R"({"get": "http://api.example.com/me"})", "neither `/` nor `https://`"},
      {"user in the URL", R"({"get": "https://api.example.com@evil.example/me"})", "holds `@`"},
      {"Basic in small letters", R"({"get": "/me", "headers": {"authorization": "basic {companion.user}:{secret}"}})",
       "not of the form `Basic USER:PASSWORD`"},
      {"no life", R"({"get": "/me", "alive": []})", "does not say what an `alive` answer is"},
      {"no request", R"({})", "needs one of"},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      const json spec = {{"endpoint", "https://api.example.com"}, {"graphql", "/graphql"}, {"steps", {step(row.step)}}};
      CHECK_THROWS_WITH(probe_from_json(spec), Catch::Contains(row.message));
    }
  const json plain = {{"endpoint", "http://api.example.com"}, {"steps", {step(R"({"get": "/me"})")}}};
  CHECK_THROWS_AS(probe_from_json(plain), RuleError);
}

TEST_CASE("a Basic header with a colon is a pair, and one without is encoded already", "[probe]") {
  const auto pair = basic_pair("Basic {companion.user}:{secret}");
  REQUIRE(pair);
  CHECK(pair->user == "{companion.user}");
  CHECK(pair->password == "{secret}");
  REQUIRE(basic_pair("Basic {secret}:"));
  CHECK(basic_pair("Basic {secret}:")->password.empty());
  CHECK(basic_pair("Basic a:b:c")->password == "b:c");
  CHECK(!basic_pair("Basic {secret}"));
  CHECK(!basic_pair("Bearer a:b"));
}

TEST_CASE("a host matches itself, or one label below a wildcard", "[probe]") {
  struct Row {
    const char* url;
    bool matches;
  };
  const Row rows[] = {
      {"https://api.example.com/x", true},
      {"https://API.example.com:443/x", true},
      {"https://one.tenant.example/x", true},
      {"https://tenant.example/x", false},
      {"https://a.b.tenant.example/x", false},
      {"https://api.example.com.evil.example/x", false},
      {"https://api.example.com@evil.example/x", false},
      {"https://evil.example#api.example.com", false},
      {"https://evil.example\\@api.example.com/", false},
      {"https:///api.example.com", false},
      {"api.example.com", false},
  };
  for (const Row& row : rows) {
    INFO(row.url);
    CHECK(host_matches({"api.example.com", "*.tenant.example"}, host_of(row.url)) == row.matches);
  }
}

void property_names(const json& schema, std::set<std::string>& names) {
  if (!schema.is_object() && !schema.is_array()) return;
  if (schema.is_object() && schema.contains("properties"))
    for (const auto& [name, value] : schema["properties"].items()) names.insert(name);
  for (const json& value : schema) property_names(value, names);
}

TEST_CASE("every field of the schema is explained in the room's README", "[probe]") {
  const std::filesystem::path root = OVERREACH_SOURCE_DIR;
  std::ifstream schema(root / "rules" / "schema" / "probe.schema.json");
  std::ifstream readme(root / "detectors" / "probe" / "README.md");
  const std::string text{std::istreambuf_iterator<char>(readme), {}};
  std::set<std::string> names;
  property_names(json::parse(schema), names);
  CHECK(names.size() > 40);
  for (const std::string& name : names) {
    INFO(name);
    CHECK(text.find(name) != std::string::npos);
  }
}

TEST_CASE("placeholders are names in braces and nothing else", "[probe]") {
  CHECK(placeholders("a {b} {c.d} {/e/0}") == std::vector<std::string>{"b", "c.d", "/e/0"});
  CHECK(placeholders(R"({"a": {b}, {c d}, {}})") == std::vector<std::string>{"b"});
}

}  // namespace
}  // namespace overreach
