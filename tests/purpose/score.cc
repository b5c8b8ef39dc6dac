#include "tests/purpose/score.h"

#include <set>

#include "tests/purpose/fixture.h"

namespace overreach::testing {
namespace {

std::set<std::string> needed(const Fixture& fixture) {
  std::set<std::string> out;
  for (const auto& entry : fixture.needs) out.insert(entry.first.substr(0, entry.first.find(' ')));
  return out;
}

Score score_one(const Fixture& fixture, const Need& need, const std::string& name, std::vector<std::string>& faults) {
  const std::set<std::string> wanted = needed(fixture);
  std::set<std::string> found;
  for (const NeededGrant& grant : need.grants) found.insert(grant.capability);
  Score out;
  out.fixtures = 1;
  for (const std::string& capability : found) {
    if (wanted.count(capability) != 0) {
      ++out.right;
    } else {
      ++out.wrong;
      faults.push_back(name + ": wrong " + capability);
    }
  }
  for (const std::string& capability : wanted) {
    if (found.count(capability) != 0) continue;
    ++out.missed;
    faults.push_back(name + ": missed " + capability);
  }
  const bool unknown = need.confidence == Confidence::unknown;
  if (unknown && fixture.unknown.empty() && !wanted.empty()) {
    ++out.unknown;
    faults.push_back(name + ": unknown (" + (need.unresolved.empty() ? "no code" : need.unresolved[0].what) + ")");
  }
  if (!unknown && found.empty() && (!wanted.empty() || !fixture.unknown.empty())) {
    ++out.silent;
    faults.push_back(name + ": said to need nothing");
  }
  return out;
}

}  // namespace

void Score::add(const Score& other) {
  fixtures += other.fixtures;
  right += other.right;
  wrong += other.wrong;
  missed += other.missed;
  unknown += other.unknown;
  silent += other.silent;
}

Scores score_fixtures(const Catalog& catalog) {
  Scores out;
  for (const std::string directory : {"fixtures", "corpus"}) {
    for (const std::string& path : fixture_paths(directory)) {
      const Fixture fixture = read_fixture(path);
      const MemoryCode code(fixture.files);
      const std::vector<Need> needs = infer_needs({&fixture.token, 1}, catalog, code, {}, 1);
      const std::string name = path.substr(path.find("/" + directory + "/") + 1);
      const Score one = score_one(fixture, needs[0], name, out.faults);
      const std::string language = name.substr(directory.size() + 1, name.rfind('/') - directory.size() - 1);
      out.total.add(one);
      out.by_language[language].add(one);
      out.by_provider[fixture.token.provider].add(one);
    }
  }
  return out;
}

}  // namespace overreach::testing
