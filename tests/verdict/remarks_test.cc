// What the uses of a credential say about how it is kept.
#include <catch2/catch.hpp>

#include "detectors/verdict/remarks.h"

namespace overreach::testing {
namespace {

Setting setting(std::string environment, std::string service, bool aside = false) {
  return {std::move(environment), std::move(service), aside, {"a.sh", 1, "", "uses it"}};
}

/// A finding that is used: once, at no particular place.
Finding used(std::vector<Setting> settings = {}) {
  Finding out;
  out.token.sensitivity = "secret";
  out.need.confidence = Confidence::certain;
  out.need.grants.resize(1);
  out.need.settings = std::move(settings);
  return out;
}

std::vector<std::string> kinds(const Finding& finding) {
  std::vector<std::string> out;
  for (const Remark& remark : remarks_on(finding)) out.emplace_back(to_string(remark.kind));
  return out;
}

using Kinds = std::vector<std::string>;

}  // namespace

TEST_CASE("a credential that no code uses is an orphan, one that is not understood is none", "[remarks]") {
  Finding finding;
  finding.need.confidence = Confidence::low;
  CHECK(kinds(finding) == Kinds{"orphan"});
  finding.need.confidence = Confidence::unknown;
  CHECK(kinds(finding) == Kinds{});
  finding.need.confidence = Confidence::low;
  finding.reach = Dead{"401"};
  CHECK(kinds(finding) == Kinds{});
}

TEST_CASE("two environments or two services share", "[remarks]") {
  CHECK(kinds(used({setting("production", ""), setting("staging", "")})) == Kinds{"shared"});
  CHECK(kinds(used({setting("", "api"), setting("", "worker")})) == Kinds{"shared"});
  CHECK(kinds(used({setting("production", "api"), setting("", "api")})) == Kinds{});
  CHECK(kinds(used({setting("production", ""), setting("staging", "", true)})) == Kinds{});  // a test is no environment
  const std::vector<Remark> both = remarks_on(used({setting("production", "api"), setting("staging", "worker")}));
  REQUIRE(both.size() == 1);
  CHECK(both[0].text.find("production and staging, and the services api and worker") != std::string::npos);
}

TEST_CASE("a credential for production that only others use crosses environments", "[remarks]") {
  Finding finding = used({setting("staging", ""), setting("", "", true)});
  finding.token.environment = Environment::production;
  CHECK(kinds(finding) == Kinds{"crosses-environments"});
  CHECK(remarks_on(finding)[0].severity == Severity::medium);
  finding.need.settings.push_back(setting("", "api"));  // nobody knows where that runs
  CHECK(kinds(finding) == Kinds{});
  finding.need.settings = {setting("staging", "")};
  finding.token.environment = Environment::unknown;
  CHECK(kinds(finding) == Kinds{});
  finding.need.names = {"PROD_KEY"};
  CHECK(kinds(finding) == Kinds{"crosses-environments"});
  finding.token.sensitivity = "publishable";
  CHECK(remarks_on(finding)[0].severity == Severity::note);
}

TEST_CASE("the owner's word is compared with the code", "[remarks]") {
  Finding finding = used();
  finding.need.declared = Declaration{};
  finding.need.declared->path = "overreach.yaml";
  finding.need.declared->line = 2;
  CHECK(kinds(finding) == Kinds{});
  finding.need.declared->wider = {"mail.send"};
  finding.need.declared->narrower = {"domain.destroy"};
  CHECK(kinds(finding) == Kinds{"declared-wider", "declared-narrower"});
  finding.need.declared->expired = true;
  finding.need.declared->expires = "2026-01-01";
  CHECK(kinds(finding) == Kinds{"declaration-expired"});
}

}  // namespace overreach::testing
