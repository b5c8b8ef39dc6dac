#include <catch2/catch.hpp>

#include "detectors/verdict/judge.h"
#include "tests/verdict/fixture.h"

namespace overreach {
namespace {

using namespace testing;

TEST_CASE("excess is what reach has and need does not ask for", "[verdict][excess]") {
  const Provider provider = trains();
  const auto g = [&](const char* id, Where where = {}) { return grant(provider, id, std::move(where)); };
  const Where staging = {{"environment", "staging"}}, production = {{"environment", "production"}};
  struct Row {
    const char* name;
    std::vector<Grant> reach;
    std::vector<NeededGrant> need;
    std::vector<std::string> excess;  // capability @ where
  };
  const Row rows[] = {
      {"same", {g("domain.write")}, {needed("domain.write")}, {}},
      {"unrelated", {g("domain.write"), g("token.create")}, {needed("domain.write")}, {"token.create @ everywhere"}},
      {"no need is no need for everything", {g("domain.write")}, {}, {"domain.write @ everywhere"}},
      {"included", {g("volume.read"), g("volume.write")}, {needed("volume.write")}, {}},
      {"inclusion has a direction", {g("volume.write")}, {needed("volume.read")}, {"volume.write @ everywhere"}},
      {"a need without place covers any place", {g("domain.write", production)}, {needed("domain.write")}, {}},
      {"a need for staging leaves production",
       {g("domain.write", staging), g("domain.write", production)},
       {needed("domain.write", staging)},
       {"domain.write @ environment production"}},
      {"a need for staging leaves everywhere",
       {g("domain.write")},
       {needed("domain.write", staging)},
       {"domain.write @ everywhere"}},
      {"a need for an environment covers its projects",
       {g("domain.write", {{"environment", "staging"}, {"project", "rentals"}})},
       {needed("domain.write", staging)},
       {}},
      {"reading what is worked on",
       {g("volume.read"), g("project.read")},
       {needed("volume.destroy")},
       {"project.read @ everywhere"}},
      {"a weak reason covers nothing",
       {g("domain.write")},
       {needed("domain.write", {}, Confidence::low)},
       {"domain.write @ everywhere"}},
      {"worst first",
       {g("domain.write"), g("volume.destroy", production), g("project.read"), g("token.create")},
       {},
       {"volume.destroy @ environment production", "token.create @ everywhere", "domain.write @ everywhere",
        "project.read @ everywhere"}},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      std::vector<std::string> found;
      for (const Excess& excess : excess(powers(row.reach), need(row.need), provider))
        found.push_back(excess.grant.capability + " @ " + excess.grant.where.text());
      CHECK(found == row.excess);
    }
}

TEST_CASE("a power that only a test uses is marked as such", "[verdict][excess]") {
  const Provider provider = trains();
  const Powers reach = powers({grant(provider, "domain.write")});
  const auto why = [&](const char* path) {
    const Evidence use{path, 1, "", ""};
    return excess(reach, need({needed("domain.write", {}, Confidence::low, {use})}), provider).at(0).why.back();
  };
  CHECK(why("tests/domains_test.py") == "only a test uses it");
  CHECK(why("README.md") == "only a name or a document points to it");
}

}  // namespace
}  // namespace overreach
