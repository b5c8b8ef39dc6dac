#include <algorithm>
#include <catch2/catch.hpp>

#include "detectors/verdict/judge.h"
#include "tests/verdict/fixture.h"

namespace overreach {
namespace {

using namespace testing;

const Where kProduction = {{"environment", "production"}};
const Where kStaging = {{"environment", "staging"}};
const Where kDevelopment = {{"environment", "dev-7"}};

TEST_CASE("severity follows effect, place, way back, backups and proof", "[verdict][weigh]") {
  struct Row {
    const char* name;
    const char* capability;
    Where where;
    Proof proof;
    Severity expected;
  };
  const Row rows[] = {
      // The incident: one call, the production volume and its backups.
      {"volume with its backups, production, proven", "volume.destroy", kProduction, Proof::proven, Severity::critical},
      {"the same in staging", "volume.destroy", kStaging, Proof::proven, Severity::high},
      {"the same in development", "volume.destroy", kDevelopment, Proof::proven, Severity::medium},
      {"the same, place not known, proven", "volume.destroy", {}, Proof::proven, Severity::critical},
      {"the same, place not known, documented", "volume.destroy", {}, Proof::documented, Severity::high},
      {"the same, production, documented", "volume.destroy", kProduction, Proof::documented, Severity::high},
      {"the same, production, carried by the token", "volume.destroy", kProduction, Proof::decoded, Severity::critical},
      {"assumed of a staging token", "volume.destroy", kStaging, Proof::assumed, Severity::low},
      {"a volume with a bin, production", "volume.shelve", kProduction, Proof::proven, Severity::high},
      {"domains, production", "domain.destroy", kProduction, Proof::proven, Severity::high},
      {"domains, staging", "domain.destroy", kStaging, Proof::proven, Severity::medium},
      {"new tokens", "token.create", {}, Proof::proven, Severity::high},
      {"new tokens, production", "token.create", kProduction, Proof::proven, Severity::high},
      {"new tokens, documented", "token.create", {}, Proof::documented, Severity::medium},
      {"deployment, production", "deployment.create", kProduction, Proof::proven, Severity::high},
      {"deployment, staging", "deployment.create", kStaging, Proof::proven, Severity::medium},
      {"mail cannot be taken back", "mail.send", {}, Proof::proven, Severity::high},
      {"writing, production", "domain.write", kProduction, Proof::proven, Severity::medium},
      {"writing, staging", "domain.write", kStaging, Proof::proven, Severity::low},
      {"writing, assumed", "domain.write", {}, Proof::assumed, Severity::low},
      {"reading, production, proven", "volume.read", kProduction, Proof::proven, Severity::note},
  };
  const Provider provider = trains();
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      const Grant one = grant(provider, row.capability, row.where, row.proof);
      CHECK(to_string(weigh(one, powers({one}), provider).severity) == to_string(row.expected));
    }
}

TEST_CASE("the reasons say what made it this bad, strongest first", "[verdict][weigh]") {
  const Provider provider = trains();
  const Grant volume = grant(provider, "volume.destroy", kProduction);
  const Grant backups = grant(provider, "backup.destroy");
  const Excess alone = weigh(volume, powers({volume}), provider);
  CHECK(alone.why == std::vector<std::string>{"cannot be undone", "production", "the volume's backups die with it",
                                              "proven by the provider"});
  CHECK(alone.takes_backups);
  CHECK_FALSE(alone.reversible);
  const Excess both = weigh(volume, powers({volume, backups}), provider);
  CHECK(std::count(both.why.begin(), both.why.end(), "no independent recovery path") == 1);
  const Grant elsewhere = grant(provider, "backup.destroy", kStaging);
  const Excess apart = weigh(volume, powers({volume, elsewhere}), provider);
  CHECK(std::count(apart.why.begin(), apart.why.end(), "no independent recovery path") == 0);
  const Grant bin = grant(provider, "volume.shelve", {}, Proof::documented);
  CHECK(weigh(bin, powers({bin}), provider).why == std::vector<std::string>{"can be undone within 48 h",
                                                                            "environment not known",
                                                                            "documented for this kind of token"});
}

TEST_CASE("a grant for everywhere reaches the production that the provider listed", "[verdict][weigh]") {
  const Provider provider = trains();
  const Grant volume = grant(provider, "volume.destroy", {}, Proof::documented);
  Powers reach = powers({volume});
  reach.resources = {{"environment", "e1", "production", {{"environment", "production"}}}};
  const Excess excess = weigh(volume, reach, provider);
  CHECK(excess.severity == Severity::high);
  CHECK(excess.why[1] == "production");
}

TEST_CASE("a capability that the table does not know still has a weight", "[verdict][weigh]") {
  const Provider provider = trains();
  const Grant odd{"moon.destroy", Effect::destroy, {}, Proof::proven};
  const Excess excess = weigh(odd, powers({odd}), provider);
  CHECK(excess.title == "moon.destroy");
  CHECK(excess.severity == Severity::high);
}

}  // namespace
}  // namespace overreach
