// The small parts: GraphQL, routes, command lines, SQL, queries, masking.
#include <catch2/catch.hpp>

#include "detectors/purpose/command_line.h"
#include "detectors/purpose/document.h"
#include "detectors/purpose/extract.h"
#include "detectors/purpose/graphql.h"
#include "detectors/purpose/mask.h"
#include "detectors/purpose/match_use.h"
#include "detectors/purpose/paths.h"
#include "detectors/purpose/queries.h"
#include "detectors/purpose/route.h"
#include "detectors/purpose/workflow.h"

namespace overreach::purpose {
namespace {

std::string shown(const GraphqlText& text) {
  if (!text.document) return "none";
  std::string out;
  for (const RootField& field : text.fields) out += field.operation + " " + field.field + ";";
  return out + (text.complete ? "" : " partly");
}

std::string joined(const Words& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : "|") + word;
  return out;
}

}  // namespace

TEST_CASE("every embedded query compiles for its grammar", "[purpose]") {
  for (const char* name :
       {"bash", "javascript", "typescript", "tsx", "python", "ruby", "java", "php", "terraform", "yaml"}) {
    INFO(name);
    CHECK_FALSE(full_query(name).empty());
    CHECK(Query::check(grammar(name).language, full_query(name)) == "");
  }
}

TEST_CASE("a query that is wrong is told with its place", "[purpose]") {
  CHECK(Query::check(grammar("bash").language, "(no_such_node) @x") != "");
}

TEST_CASE("root fields are read, never operation names or aliases", "[purpose]") {
  struct Row {
    const char* name;
    std::string text, expected;
  };
  const std::string hole(1, kHole);
  const Row rows[] = {
      {"named mutation", "mutation Add($i: X!) { customDomainCreate(input: $i) { id } }",
       "mutation customDomainCreate;"},
      {"short form", "{ me { name } }", "query me;"},
      {"two fields", "query { a b(x: {y: [1, {z: 2}]}) { c } }", "query a;query b;"},
      {"alias", "mutation { harmless: volumeDelete(volumeId: \"v\") }", "mutation volumeDelete;"},
      {"fragment at the root", "mutation { ...F } fragment F on Mutation { volumeDelete }", "mutation volumeDelete;"},
      {"inline fragment", "query { ... on Query { me } }", "query me;"},
      {"directive", "query @live { me @include(if: true) { id } }", "query me;"},
      {"comment", "# mutation { volumeDelete }\nquery { me }", "query me;"},
      {"brace in a string", "mutation { a(x: \"}\") b }", "mutation a;mutation b;"},
      {"introspection is no use", "{ __typename me }", "query me;"},
      {"several operations", "query A { a } mutation B { b }", "query a;mutation b;"},
      {"hole as a field", "mutation { " + hole + " }", " partly"},
      {"hole as an argument", "mutation { a(id: " + hole + ") }", "mutation a;"},
      {"missing fragment", "query { ...Elsewhere }", " partly"},
      {"cut off", "mutation { a(", "mutation a;"},
      {"JSON", "{\"query\": 1}", "none"},
      {"prose", "mutation is the source of change", "none"},
      {"a program for jq", "{query: $q}", "none"},
      {"empty", "", "none"},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      CHECK(shown(read_graphql(row.text)) == row.expected);
    }
}

TEST_CASE("fragments that spread each other end", "[purpose]") {
  CHECK_FALSE(read_graphql("query { ...A } fragment A on Q { ...B } fragment B on Q { ...A }").complete);
}

TEST_CASE("documents are found in request bodies", "[purpose]") {
  using Texts = std::vector<std::string>;
  CHECK(graphql_documents(R"({"query":"mutation { a(id: \"x\") }","variables":{}})") ==
        Texts{R"(mutation { a(id: "x") })"});
  CHECK(graphql_documents("query=query { me }") == Texts{"query { me }"});
  CHECK(graphql_documents(R"([{"query":"{a}"},{"query":"{b}"}])") == Texts{"{a}", "{b}"});
  CHECK(graphql_documents(std::string("{\"query\": ") + kHole + "}") == Texts{std::string(1, kHole)});
  CHECK(graphql_documents("  ").empty());
}

TEST_CASE("addresses are taken apart", "[purpose]") {
  CHECK(read_address("https://user:pw@API.example.com:8443/v1/x?y=1")->host == "api.example.com");
  CHECK(read_address("https://user:pw@API.example.com:8443/v1/x?y=1")->path == "/v1/x");
  CHECK_FALSE(read_address("not an address"));
  CHECK_FALSE(read_address(std::string("https://") + kHole + ".example.com/x"));
  CHECK_FALSE(read_address(std::string("https://api.") + kHole + "/x"));
}

TEST_CASE("a host fits itself and one tenant label", "[purpose]") {
  CHECK(host_fits("api.example.com", "api.example.com"));
  CHECK(host_fits("*.example.com", "a.example.com"));
  CHECK_FALSE(host_fits("*.example.com", "example.com"));
  CHECK_FALSE(host_fits("example.com", "evil-example.com"));
  CHECK_FALSE(host_fits("*.example.com", "evilexample.com"));
}

TEST_CASE("routes fit by verb and segments, the literal one best", "[purpose]") {
  const std::string hole(1, kHole);
  CHECK(route_fits("DELETE /v1/volumes/*", "DELETE", "h", "/v1/volumes/" + hole));
  CHECK_FALSE(route_fits("DELETE /v1/volumes/*", "GET", "h", "/v1/volumes/x"));
  CHECK_FALSE(route_fits("DELETE /v1/volumes/*", "DELETE", "h", "/v1/volumes"));
  CHECK_FALSE(route_fits("DELETE /v1/volumes/*", "DELETE", "h", "/v1/volumes/x/y"));
  CHECK(route_fits("GET /v1/**", "GET", "h", "/v1/a/b/c"));
  CHECK_FALSE(route_fits("GET /v1/a", "GET", "h", "/v1/" + hole));
  CHECK(*route_fits("GET /v1/a/*", "GET", "h", "/v1/a/b") > *route_fits("GET /v1/*/*", "GET", "h", "/v1/a/b"));
  CHECK(route_fits("POST hooks.example.com/x/**", "POST", "hooks.example.com", "/x/y"));
  CHECK_FALSE(route_fits("POST hooks.example.com/x/**", "POST", "api.example.com", "/x/y"));
  CHECK(route_fits("* /api/a", "PUT", "h", "/api/a"));
}

TEST_CASE("wrappers are taken off a command", "[purpose]") {
  struct Row {
    Words words;
    const char* expected;
  };
  const Row rows[] = {
      {{"sudo", "-u", "deploy", "railway", "up"}, "railway|up"},
      {{"env", "A=b", "railway", "up"}, "railway|up"},
      {{"npx", "-y", "railway@latest", "up"}, "railway|up"},
      {{"npx", "-p", "@railway/cli", "railway", "up"}, "railway|up"},
      {{"pnpm", "dlx", "@railway/cli", "up"}, "@railway/cli|up"},
      {{"doppler", "run", "--config", "prd", "--", "railway", "up"}, "railway|up"},
      {{"dotenv", "-e", ".env.x", "--", "railway", "up"}, "railway|up"},
      {{"timeout", "-k", "5", "60", "railway", "up"}, "railway|up"},
      {{"A=b", "C=d", "railway"}, "railway"},
      {{"./node_modules/.bin/railway", "up"}, "railway|up"},
      {{"xargs", "-n", "1", "railway", "down"}, "railway|down"},
      {{"poetry", "run", "alembic", "upgrade"}, "alembic|upgrade"},
      {{"sudo"}, ""},
  };
  for (const Row& row : rows) CHECK(joined(unwrap(row.words)) == row.expected);
}

TEST_CASE("rows of a command line skip flags and their values", "[purpose]") {
  CHECK(row_fits("railway volume delete", {"railway", "volume", "--service", "api", "delete"}).length == 3);
  CHECK(row_fits("railway volume delete", {"railway", "volume", "list", "delete"}).length == 0);
  CHECK(row_fits("railway domain", {"railway", "up", "domain"}).length == 0);
  CHECK(row_fits("git push --force", {"git", "push", "origin", "--force"}).length == 3);
  CHECK(row_fits("git push --force", {"git", "push", "origin"}).length == 0);
  CHECK(row_fits("railway domain", {"railway", "domain", std::string(1, kHole)}).open);
  CHECK_FALSE(row_fits("railway domain", {"railway", "domain", "x.example"}).open);
}

TEST_CASE("flags give literal values only", "[purpose]") {
  CHECK(flag_value({"railway", "--environment", "production"}, {"--environment", "-e"}) == "production");
  CHECK(flag_value({"railway", "-e=staging"}, {"--environment", "-e"}) == "staging");
  CHECK(flag_value({"railway", "-e", std::string(1, kHole)}, {"-e"}).empty());
  CHECK(flag_value({"railway", "-e"}, {"-e"}).empty());
}

TEST_CASE("curl says its verb, address and data", "[purpose]") {
  struct Row {
    const char* script;
    const char* verb;
    const char* url;
    const char* body;
  };
  const Row rows[] = {
      {"curl https://a.example/x", "GET", "https://a.example/x", ""},
      {"curl -XDELETE https://a.example/x", "DELETE", "https://a.example/x", ""},
      {"curl -sSfX put https://a.example/x", "PUT", "https://a.example/x", ""},
      {"curl -d a=b https://a.example/x", "POST", "https://a.example/x", "a=b"},
      {"curl --json '{}' --url https://a.example/x", "POST", "https://a.example/x", "{}"},
      {"curl -G -d a=b https://a.example/x", "GET", "https://a.example/x", "a=b"},
      {"curl -T file https://a.example/x", "PUT", "https://a.example/x", ""},
      {"curl -H 'A: b' -u user:pw -o out https://a.example/x", "GET", "https://a.example/x", ""},
      {"curl -I https://a.example/x", "HEAD", "https://a.example/x", ""},
      {"gh api -X DELETE repos/a/b", "DELETE", "repos/a/b", ""},
      {"gh api graphql -f query='{ viewer { login } }'", "POST", "graphql", "query={ viewer { login } }"},
      {"http PATCH a.example/x name=y", "PATCH", "a.example/x", "name=y"},
  };
  for (const Row& row : rows) {
    INFO(row.script);
    const auto http = as_http(split_script(row.script)[0]);
    REQUIRE(http);
    CHECK(http->verb == row.verb);
    CHECK(http->url == row.url);
    CHECK((http->bodies.empty() ? "" : http->bodies[0]) == row.body);
  }
  CHECK_FALSE(as_http({"railway", "up"}));
}

TEST_CASE("a one-line script falls into commands and words", "[purpose]") {
  const auto commands = split_script("cd x && railway up --name 'a b'; echo \"c;d\" | cat");
  REQUIRE(commands.size() == 4);
  CHECK(joined(commands[1]) == "railway|up|--name|a b");
  CHECK(joined(commands[2]) == "echo|c;d");
}

TEST_CASE("SQL falls into statements, comments and quotes respected", "[purpose]") {
  CHECK(sql_statements("-- a;\nSELECT ';' ; /* x; */ DELETE FROM t;").size() == 2);
  Provider provider;
  provider.uses.resize(2);
  provider.uses[0].needs = "read";
  provider.uses[0].sql = {"SELECT"};
  provider.uses[1].needs = "ddl";
  provider.uses[1].sql = {"DROP TABLE"};
  CHECK(match_sql(provider, "drop\n table t").needs == "ddl");
  CHECK(match_sql(provider, "SELECT 1").needs == "read");
  CHECK(match_sql(provider, "SELECTED items").needs.empty());
}

TEST_CASE("workflow expressions are secrets, variables or unknown", "[purpose]") {
  CHECK(ci_value("${{ secrets.A }}", 1).kind == Value::Kind::secret);
  CHECK(ci_value("${{ env.A }}", 1).kind == Value::Kind::environment);
  CHECK(ci_value("${{ github.token }}", 1).text == "GITHUB_TOKEN");
  CHECK(ci_value("Bearer ${{ secrets.A }}", 1).kind == Value::Kind::join);
  CHECK(ci_value("${{ inputs.x }}", 1).kind == Value::Kind::unknown);
  CHECK(ci_value("plain", 1).text == "plain");
  CHECK(ci_script("echo ${{ secrets.A }} ${{ matrix.b }}") == "echo ${__secret__A} ${__unknown__}");
}

TEST_CASE("documents keep nesting, lines and block text", "[purpose]") {
  const auto root = read_document("a:\n  - b: 1\n    run: |\n      x\n        y\n  - 'it''s'\nc: {d: [e, \"f\\n\"]}\n");
  REQUIRE(root);
  REQUIRE(root->member("a") != nullptr);
  REQUIRE(root->member("a")->items.size() == 2);
  CHECK(root->member("a")->items[0].text_of("run") == "x\n  y\n");
  CHECK(root->member("a")->items[0].member("run")->line == 3);
  CHECK(root->member("a")->items[1].text == "it's");
  CHECK(root->member("c")->member("d")->items[1].text == "f\n");
}

TEST_CASE("languages are told by path and first line", "[purpose]") {
  CHECK(language_of("a/b.tsx", "") == "tsx");
  CHECK(language_of("bin/deploy", "#!/usr/bin/env bash\n") == "bash");
  CHECK(language_of("bin/job", "#!/usr/bin/python3\n") == "python");
  CHECK(language_of(".env.production", "") == "dotenv");
  CHECK(language_of("main.go", "") == "go");
  CHECK(language_of("main.swift", "") == "!swift");
  CHECK(language_of("image.png", "") == "data");
}

TEST_CASE("tests and examples are aside, products are not", "[purpose]") {
  for (const char* path : {"tests/a.py", "src/__tests__/a.ts", "a.test.ts", "test_a.py", "examples/x.sh", "docs/run.sh",
                           "README.md", "a_test.py"}) {
    INFO(path);
    CHECK(is_aside(path));
  }
  for (const char* path : {"src/latest.py", "contest/a.ts", "src/attestation.js", "special/a.py", "deploy.sh"}) {
    INFO(path);
    CHECK_FALSE(is_aside(path));
  }
  CHECK(is_vendored("web/node_modules/x/y.js"));
  CHECK_FALSE(is_vendored("web/modules/y.js"));
}

TEST_CASE("a secret is masked in every form it can be written in", "[purpose]") {
  Token token;
  token.secret = Secret("p\"ss/w+rd=0000");
  token.masked = "p…";
  const Masker masker({&token, 1});
  CHECK(masker.line("  x=p\"ss/w+rd=0000 y") == "x=p… y");
  CHECK(masker.line("x=p%22ss%2Fw%2Brd%3D0000") == "x=p…");
  CHECK(masker.line("x=p%22ss%2fw%2brd%3d0000") == "x=p…");
  CHECK(masker.line("{\"x\":\"p\\\"ss/w+rd=0000\"}") == "{\"x\":\"p…\"}");
  // base64 of `user:p"ss/w+rd=0000`, as in a basic authorization header
  CHECK(masker.line("Basic dXNlcjpwInNzL3crcmQ9MDAwMA==").find("wInNzL3crcmQ9MDAw") == std::string::npos);
}

TEST_CASE("a line of evidence is short, clean text", "[purpose]") {
  Token token;
  token.secret = Secret("synthetic-secret-0000");
  token.masked = "synt…";
  const Masker masker({&token, 1});
  CHECK(masker.line(std::string(1000, 'x')).size() <= 160);
  CHECK(masker.line("a\tb\r\x1b[31m") == "a b [31m");
  CHECK(masker.line("\xff\xfe\xc3") == "???");
  CHECK(masker.line("grün") == "grün");
  // A secret that the cut would split is masked first.
  const std::string long_line = std::string(150, 'x') + "synthetic-secret-0000";
  CHECK(masker.line(long_line).find("synthetic") == std::string::npos);
}

}  // namespace overreach::purpose
