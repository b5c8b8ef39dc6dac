// How well purpose reads annotated code.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "rules/catalog/catalog.h"

namespace overreach::testing {

/// Counts over capabilities of fixtures: a fixture's need is the set of capabilities that its annotations name.
struct Score {
  unsigned fixtures = 0;
  unsigned right = 0;    // capabilities that are needed and were found
  unsigned wrong = 0;    // found, and not needed
  unsigned missed = 0;   // needed, and not found: silently or as unknown
  unsigned unknown = 0;  // fixtures whose need was called unknown although nothing in them is
  unsigned silent = 0;   // fixtures that were said to need nothing, and do need something or cannot be known
  double precision() const { return right + wrong == 0 ? 1.0 : static_cast<double>(right) / (right + wrong); }
  double recall() const { return right + missed == 0 ? 1.0 : static_cast<double>(right) / (right + missed); }
  double unknown_rate() const { return fixtures == 0 ? 0.0 : static_cast<double>(unknown) / fixtures; }
  void add(const Score& other);
};

struct Scores {
  Score total;
  std::map<std::string, Score> by_language, by_provider;
  std::vector<std::string> faults;  // "go/x.go: missed a.read", one line each
};

/// Reads every fixture of fixtures/ and corpus/ with the rules of `catalog`.
Scores score_fixtures(const Catalog& catalog);

}  // namespace overreach::testing
