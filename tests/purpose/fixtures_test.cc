// Purpose as its users see it: annotated code of every language, with the real provider files.
#include <catch2/catch.hpp>

#include "detectors/purpose/purpose.h"
#include "rules/catalog/catalog.h"
#include "tests/purpose/fixture.h"

namespace overreach::testing {

TEST_CASE("code needs what its annotations say, and nothing else", "[purpose]") {
  static const Catalog catalog;
  const auto paths = fixture_paths();
  CHECK(paths.size() >= 60);
  for (const std::string& path : paths) {
    DYNAMIC_SECTION(path.substr(path.find("fixtures/") + 9)) {
      const Fixture fixture = read_fixture(path);
      REQUIRE(catalog.find(fixture.token.provider) != nullptr);
      const MemoryCode code(fixture.files);
      const auto needs = infer_needs({&fixture.token, 1}, catalog, code, {}, 1);
      REQUIRE(needs.size() == 1);
      INFO(path);
      CHECK(differences(fixture, needs[0]) == "");
    }
  }
}

TEST_CASE("the answer is the same for any number of threads", "[purpose]") {
  static const Catalog catalog;
  const unsigned group = GENERATE(range(0U, 5U));  // all at once would be more than the time for one inference
  std::map<std::string, std::string> files;
  std::vector<Token> tokens;
  const std::vector<std::string> paths = fixture_paths();
  for (std::size_t i = group; i < paths.size(); i += 5) {
    const Fixture fixture = read_fixture(paths[i]);
    const std::string room = "room" + std::to_string(tokens.size()) + "/";
    for (const auto& [name, content] : fixture.files) files[room + name] = content;
    tokens.push_back(fixture.token);
    for (Site& site : tokens.back().sites) site.origin.path = room + site.origin.path;
  }
  const MemoryCode code(files);
  const auto print = [](const std::vector<Need>& needs) {
    std::string out;
    for (const Need& need : needs) {
      out += std::string(to_string(need.confidence)) + "\n";
      for (const NeededGrant& grant : need.grants) {
        out += grant.capability + " " + grant.where.text() + " " + std::string(to_string(grant.confidence)) + "\n";
        for (const Evidence& e : grant.evidence)
          out += "  " + e.path + ":" + std::to_string(e.line) + " " + e.text + " " + e.what + "\n";
      }
      for (const Evidence& e : need.unresolved)
        out += "? " + e.path + ":" + std::to_string(e.line) + " " + e.what + "\n";
    }
    return out;
  };
  const std::string one = print(infer_needs(tokens, catalog, code, {}, 1));
  CHECK(one == print(infer_needs(tokens, catalog, code, {}, 2)));
  CHECK(one == print(infer_needs(tokens, catalog, code, {}, 8)));
}

}  // namespace overreach::testing
