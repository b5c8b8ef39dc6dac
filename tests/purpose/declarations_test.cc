#include <catch2/catch.hpp>

#include "detectors/purpose/declare.h"
#include "detectors/purpose/purpose.h"
#include "rules/catalog/catalog.h"
#include "tests/purpose/fixture.h"

namespace overreach::testing {
namespace {

constexpr const char* kGood = R"(purposes:
  - credential: RAILWAY_API_TOKEN
    needs: [domain.write]
    where: {environment: production}
    reason: The domain job adds customers' domains.
    expires: 2027-03-01
)";

std::string refusal(const std::string& yaml) {
  try {
    read_declarations("overreach.yaml", yaml, "2026-06-01");
  } catch (const UsageError& e) {
    return e.what();
  }
  return "";
}

Need infer(const std::string& script, std::span<const Declaration> declarations) {
  static const Catalog catalog;
  const std::string secret = synthetic_secret("railway");
  const std::map<std::string, std::string> files = {{".env", "RAILWAY_API_TOKEN=" + secret + "\n"}, {"run.sh", script}};
  const Token token = make_token("railway", "RAILWAY_API_TOKEN", secret, files);
  return infer_needs({&token, 1}, catalog, MemoryCode(files), declarations, 1)[0];
}

}  // namespace

TEST_CASE("a declaration is read with its place and its end", "[purpose]") {
  const auto all = read_declarations("overreach.yaml", kGood, "2026-06-01");
  REQUIRE(all.size() == 1);
  CHECK(all[0].credential == "RAILWAY_API_TOKEN");
  CHECK(all[0].needs == std::vector<std::string>{"domain.write"});
  CHECK(all[0].where.get("environment") == "production");
  CHECK(all[0].line == 2);
  CHECK_FALSE(all[0].expired);
}

TEST_CASE("a declaration counts on its last day and not on the next", "[purpose]") {
  CHECK_FALSE(read_declarations("o", kGood, "2027-03-01")[0].expired);
  CHECK(read_declarations("o", kGood, "2027-03-02")[0].expired);
}

TEST_CASE("a file that declares nothing is fine", "[purpose]") {
  for (const char* yaml : {"", "# only a comment\n", "purposes:\n", "purposes: []\n"}) {
    INFO(yaml);
    CHECK(read_declarations("o", yaml, "2026-01-01").empty());
  }
}

TEST_CASE("a mistake is refused with its line and what was meant", "[purpose]") {
  struct Row {
    const char* name;
    const char* yaml;
    const char* message;
  };
  const Row rows[] = {
      {"unknown field", "purposes:\n  - credential: A\n    need: [x]\n    reason: r\n",
       "overreach.yaml:3: unknown field 'need' of a purpose; did you mean 'needs'?"},
      {"unknown field of the file", "purpose:\n  - credential: A\n",
       "overreach.yaml:1: unknown field 'purpose'; did you mean 'purposes'?"},
      {"probing cannot be switched on here", "probe: true\n", "overreach.yaml:1: unknown field 'probe'"},
      {"no reason", "purposes:\n  - credential: A\n    needs: [x]\n",
       "overreach.yaml:2: a purpose without 'reason': why A needs this"},
      {"no needs", "purposes:\n  - credential: A\n    reason: r\n",
       "overreach.yaml:2: a purpose without 'needs': the capabilities it declares"},
      {"no credential", "purposes:\n  - needs: [x]\n    reason: r\n",
       "overreach.yaml:2: a purpose without 'credential': the name or finding id it is for"},
      {"a date that is none", "purposes:\n  - credential: A\n    needs: [x]\n    reason: r\n    expires: next year\n",
       "overreach.yaml:5: 'expires' must be a date such as 2027-03-01, not 'next year'"},
      {"a month that is none", "purposes:\n  - credential: A\n    needs: [x]\n    reason: r\n    expires: 2027-13-01\n",
       "overreach.yaml:5: 'expires' must be a date such as 2027-03-01, not '2027-13-01'"},
      {"a list where a text belongs", "purposes:\n  - credential: [A]\n",
       "overreach.yaml:2: 'credential' must be a text"},
      {"a text where a list belongs", "purposes:\n  - credential: A\n    needs: x\n",
       "overreach.yaml:3: 'needs' must be a list of capabilities, such as [domain.write]"},
      {"a list as file", "- a\n", "overreach.yaml:1: the file must be a map with 'purposes'"},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      CHECK(refusal(row.yaml) == row.message);
    }
}

TEST_CASE("broken YAML is refused with its line", "[purpose]") {
  CHECK(refusal("purposes:\n  - [unclosed\n").rfind("overreach.yaml:", 0) == 0);
}

TEST_CASE("what the owner declares is needed, with the line that says so", "[purpose]") {
  const auto declared = read_declarations("overreach.yaml", kGood, "2026-06-01");
  const Need need = infer("echo nothing\n", declared);
  REQUIRE(need.grants.size() == 1);
  CHECK(need.grants[0].declared);
  CHECK(need.grants[0].capability == "domain.write");
  CHECK(need.grants[0].effect == Effect::write);
  CHECK(need.grants[0].confidence == Confidence::certain);
  CHECK(need.grants[0].evidence.back().line == 2);
  CHECK(need.confidence == Confidence::certain);
  REQUIRE(need.declared);
  CHECK(need.declared->wider == std::vector<std::string>{"domain.write"});
}

TEST_CASE("a declaration that code bears out is not wider", "[purpose]") {
  const auto declared = read_declarations("overreach.yaml", kGood, "2026-06-01");
  const Need need = infer("railway domain shop.example\n", declared);
  REQUIRE(need.declared);
  CHECK(need.declared->wider.empty());
  CHECK(need.grants.size() == 2);
}

TEST_CASE("an expired declaration is shown and counts for nothing", "[purpose]") {
  const auto declared = read_declarations("overreach.yaml", kGood, "2030-01-01");
  const Need need = infer("echo nothing\n", declared);
  CHECK(need.grants.empty());
  CHECK(need.confidence == Confidence::low);
  REQUIRE(need.declared);
  CHECK(need.declared->expired);
}

TEST_CASE("a capability that the provider does not have is refused", "[purpose]") {
  const auto declared = read_declarations(
      "overreach.yaml", "purposes:\n  - {credential: RAILWAY_API_TOKEN, needs: [domain.wirte], reason: r}\n",
      "2026-01-01");
  CHECK_THROWS_WITH(infer("", declared),
                    "overreach.yaml:2: Railway has no capability 'domain.wirte'; did you mean 'domain.write'?");
}

TEST_CASE("a declaration for another credential changes nothing", "[purpose]") {
  const auto declared =
      read_declarations("o", "purposes:\n  - {credential: OTHER, needs: [x], reason: r}\n", "2026-01-01");
  const Need need = infer("echo\n", declared);
  CHECK_FALSE(need.declared);
  CHECK(need.grants.empty());
}

}  // namespace overreach::testing
