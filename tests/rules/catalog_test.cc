#include "rules/catalog/catalog.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "rules/catalog/embedded_rules.h"
#include "rules/catalog/pattern_table.h"
#include "rules/catalog/rule_file.h"
#include "scanner/match/matcher.h"
#include "tests/rules/fixture.h"
#include "tests/support/temp_dir.h"

using namespace overreach;
using namespace overreach::testing;

namespace {

const std::filesystem::path kProviders = std::filesystem::path(OVERREACH_SOURCE_DIR) / "rules/providers";

/// The embedded provider whose place in the catalogue is in the middle.
std::string some_provider() {
  const Catalog catalog;
  return std::string(catalog.provider_id(catalog.size() / 2));
}

std::string as_acme(const std::string& id) { return with(acme(), "provider: acme", "provider: " + id); }

}  // namespace

TEST_CASE("the catalogue holds every file of rules/providers, sorted", "[rules]") {
  const Catalog catalog;
  std::vector<std::string> ids, files;
  for (std::size_t i = 0; i < catalog.size(); ++i) ids.emplace_back(catalog.provider_id(i));
  for (const auto& file : list_rule_files(kProviders)) files.push_back(file.stem().string());
  std::sort(files.begin(), files.end());  // "docker-hub.yaml" sorts before "docker.yaml", the ids the other way round
  CHECK(ids == files);
}

TEST_CASE("an embedded provider is what its file says", "[rules]") {
  const EmbeddedRules embedded = embedded_rules();
  for (const EmbeddedProvider& provider : embedded.providers) {
    INFO(provider.id);
    const auto file = load_rule_file(kProviders / (std::string(provider.id) + ".yaml"));
    REQUIRE(file);
    const bool same =
        nlohmann::json::from_cbor(embedded.blobs.substr(provider.offset, provider.size)) == file->document.json;
    CHECK(same);  // not compared in place: a failure would print two whole files
  }
}

TEST_CASE("patterns, rules and providers of the catalogue belong together", "[rules]") {
  const Catalog catalog;
  std::size_t rules = 0;
  for (std::size_t i = 0; i < catalog.size(); ++i) rules += catalog.provider(i).tokens.size();
  REQUIRE(catalog.patterns().size() == rules);
  for (std::uint32_t rule = 0; rule < rules; ++rule) {
    const Pattern& pattern = catalog.patterns()[rule];
    INFO(pattern.id);
    const TokenRule& token = catalog.rule(rule);
    CHECK(token.id == pattern.id);
    CHECK(token.pattern == pattern.regex);
    CHECK(token.max_length == pattern.max_length);
    CHECK(token.before == pattern.before);
    CHECK(token.after == pattern.after);
    CHECK(catalog.provider_of(rule).id == token.id.substr(0, token.id.find('/')));
    const auto& literals = !token.prefix.empty() ? token.prefix : !token.inside.empty() ? token.inside : token.near;
    CHECK(std::equal(literals.begin(), literals.end(), pattern.literals.begin(), pattern.literals.end()));
  }
  CHECK(catalog.find("zebra") == nullptr);
  CHECK(catalog.find("") == nullptr);
  CHECK(catalog.find("zzzz") == nullptr);
}

TEST_CASE("literals count as written where the pattern has them letter by letter and looks at case", "[rules]") {
  const Catalog catalog;
  PatternTable table;
  for (std::size_t i = 0; i < catalog.size(); ++i) table.add(catalog.provider(i));
  REQUIRE(table.patterns().size() == catalog.patterns().size());
  std::size_t as_written = 0;
  for (std::size_t i = 0; i < table.patterns().size(); ++i) {
    INFO(table.patterns()[i].id);
    const Pattern& embedded = catalog.patterns()[i];
    CHECK(table.patterns()[i].as_written == embedded.as_written);
    as_written += embedded.as_written ? 1 : 0;
    if (embedded.anchor == Pattern::Anchor::context || embedded.regex.find("(?i") != std::string_view::npos)
      CHECK(!embedded.as_written);
  }
  CHECK(as_written > 0);
}

TEST_CASE("the embedded database is the one of the embedded patterns", "[rules]") {
  const Catalog catalog;
  CHECK(catalog.database() == compile_literals(catalog.patterns()));
  CHECK(!catalog.database().empty());
}

TEST_CASE("a provider is decoded once, whichever thread asks first", "[rules]") {
  const Catalog catalog;
  std::vector<const Provider*> seen(8);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < seen.size(); ++i) threads.emplace_back([&, i] { seen[i] = &catalog.provider(0); });
  for (std::thread& thread : threads) thread.join();
  for (const Provider* provider : seen) CHECK(provider == seen[0]);
  CHECK(catalog.find(catalog.provider_id(0)) == seen[0]);
}

TEST_CASE("a user's file adds a provider in its place, without the embedded database", "[rules]") {
  const TempDir directory;
  directory.write("acme.yaml", acme());
  directory.write("notes.txt", "not a rule");
  const Catalog plain, catalog(directory.path());
  CHECK(catalog.size() == plain.size() + 1);
  CHECK(catalog.patterns().size() == plain.patterns().size() + 1);
  CHECK(catalog.database().empty());
  CHECK(catalog.version() != plain.version());
  REQUIRE(catalog.find("acme") != nullptr);
  CHECK(catalog.find("acme")->tokens[0].id == "acme/key");
  for (std::size_t i = 1; i < catalog.size(); ++i) CHECK(catalog.provider_id(i - 1) < catalog.provider_id(i));
  for (std::uint32_t rule = 0; rule < catalog.patterns().size(); ++rule)
    CHECK(catalog.rule(rule).id == catalog.patterns()[rule].id);
}

TEST_CASE("a user's file replaces the embedded one of the same provider", "[rules]") {
  const std::string id = some_provider();
  const TempDir directory;
  directory.write(id + ".yaml", as_acme(id));
  const Catalog plain, catalog(directory.path());
  CHECK(catalog.size() == plain.size());
  REQUIRE(catalog.find(id) != nullptr);
  CHECK(catalog.find(id)->title == "Acme");
  CHECK(std::count_if(catalog.patterns().begin(), catalog.patterns().end(),
                      [&](const Pattern& p) { return p.id.starts_with(id + "/"); }) == 1);
  for (std::uint32_t rule = 0; rule < catalog.patterns().size(); ++rule)
    CHECK(catalog.rule(rule).id == catalog.patterns()[rule].id);
}

TEST_CASE("a user's probe is dropped unless it is trusted", "[rules]") {
  const TempDir directory;
  const std::string id = some_provider();
  directory.write("acme.yaml", acme());
  directory.write(id + ".yaml", as_acme(id));
  const Catalog careful(directory.path()), trusting(directory.path(), true);
  CHECK(careful.find("acme")->probe.empty());
  CHECK(careful.find(id)->probe.empty());  // nor does the embedded probe live on beside a user's tokens
  CHECK(!trusting.find("acme")->probe.empty());
  CHECK(!trusting.find(id)->probe.empty());
  CHECK(careful.version() != trusting.version());
}

TEST_CASE("the version changes with any rule and with nothing else", "[rules]") {
  const TempDir one, two, three;
  one.write("acme.yaml", acme());
  two.write("acme.yaml", "# a comment\n" + acme());
  three.write("acme.yaml", with(acme(), "{24}", "{25}"));
  CHECK(Catalog().version() == Catalog().version());
  CHECK(Catalog().version().size() == 16);
  CHECK(Catalog(one.path()).version() == Catalog(two.path()).version());
  CHECK(Catalog(one.path()).version() != Catalog(three.path()).version());
}

TEST_CASE("one file may be named instead of a directory", "[rules]") {
  const TempDir directory;
  const auto file = directory.write("acme.yaml", acme());
  directory.write("broken.yaml", "provider: [");
  CHECK(Catalog(file).find("acme") != nullptr);
}

TEST_CASE("everything wrong with a user's rules is told before the run", "[rules]") {
  const TempDir directory;
  CHECK_THROWS_WITH(Catalog(directory.path() / "missing"), Catch::Contains("cannot read the rules"));
  directory.write("acme.yaml", with(acme(), "    pattern:", "    patern:"));
  directory.write("bcme.yaml", "provider: [");
  CHECK_THROWS_WITH(Catalog(directory.path()),
                    Catch::Contains("acme.yaml:9: unknown field \"patern\" in tokens[0]; did "
                                    "you mean \"pattern\"?") &&
                        Catch::Contains("bcme.yaml:1: not YAML"));
  const TempDir other;
  other.write("acme.yml", acme());
  CHECK_THROWS_WITH(Catalog(other.path()), Catch::Contains("rule files end in .yaml"));
}

TEST_CASE("loose shapes and public keys sleep unless the catalogue is thorough", "[rules]") {
  const TempDir directory;
  const std::string quiet = with(
      acme(), "capabilities:",
      "  - {id: loose, title: loose, near: [acme], within: {after: 60}, pattern: '\\b[0-9]{16}\\b', confidence: "
      "possible,\n"
      "     examples: ['acme {token}', 'acme: {token}'], non_examples: [x]}\n"
      "  - {id: shown, title: shown, prefix: [acpub_], pattern: '\\bacpub_[0-9a-z]{20}\\b', sensitivity: publishable,\n"
      "     examples: ['{token}', 'x {token}'], non_examples: [x]}\n"
      "capabilities:");
  const auto file = directory.write("acme.yaml", quiet);
  const auto awake = [&](Depth depth, const std::filesystem::path& rules) {
    const Catalog catalog(rules, false, {}, depth);
    std::vector<std::string> ids;
    for (const Pattern& pattern : catalog.patterns())
      if (pattern.id.starts_with("acme/") && !pattern.literals.empty()) ids.emplace_back(pattern.id);
    return ids;
  };
  CHECK(awake(Depth::thorough, file) == std::vector<std::string>{"acme/key", "acme/loose", "acme/shown"});
  CHECK(awake(Depth::usual, file) == std::vector<std::string>{"acme/key"});

  const auto needed = directory.write(
      "needed/acme.yaml",
      with(quiet, "    prefix: [acme_]", "    companions: [{role: account, rule: loose}]\n    prefix: [acme_]"));
  CHECK(awake(Depth::usual, needed) == std::vector<std::string>{"acme/key", "acme/loose"});
}

TEST_CASE("the embedded patterns are the same at both depths, some of them asleep", "[rules]") {
  const Catalog thorough, usual({}, false, {}, Depth::usual);
  REQUIRE(thorough.patterns().size() == usual.patterns().size());
  std::size_t asleep = 0;
  for (std::uint32_t rule = 0; rule < usual.patterns().size(); ++rule) {
    const Pattern& pattern = usual.patterns()[rule];
    INFO(pattern.id);
    CHECK(pattern.id == thorough.patterns()[rule].id);
    CHECK(pattern.regex == thorough.patterns()[rule].regex);
    if (!pattern.literals.empty()) continue;
    ++asleep;
    const TokenRule& token = usual.rule(rule);
    CHECK((token.confidence == "possible" || token.sensitivity == "publishable"));
  }
  CHECK(asleep > 0);
  CHECK(usual.database() != thorough.database());
}
