// How well purpose reads the annotated code of tests/purpose: a table, then what went wrong.
#include <algorithm>
#include <cstdio>
#include <cstring>

#include "rules/catalog/catalog.h"
#include "tests/purpose/score.h"

namespace {

using overreach::testing::Score;
using overreach::testing::Scores;

void print(const char* name, const Score& score) {
  std::printf("%-16s %8u %9.3f %8.3f %12.3f %7u\n", name, score.fixtures, score.precision(), score.recall(),
              score.unknown_rate(), score.silent);
}

}  // namespace

int main(int argc, char** argv) {
  const bool faults = argc > 1 && std::strcmp(argv[1], "--faults") == 0;
  if (argc > 1 && !faults) {
    std::fprintf(stderr, "usage: overreach-purpose [--faults]\n");
    return 2;
  }
  const overreach::Catalog catalog;
  const Scores scores = overreach::testing::score_fixtures(catalog);
  std::printf("%-16s %8s %9s %8s %12s %7s\n", "", "fixtures", "precision", "recall", "unknown rate", "silent");
  print("all", scores.total);
  std::printf("\nby language\n");
  for (const auto& [name, score] : scores.by_language) print(name.c_str(), score);
  std::printf("\nby provider\n");
  for (const auto& [name, score] : scores.by_provider) print(name.c_str(), score);
  if (faults) std::printf("\nfaults\n");
  for (const std::string& fault : scores.faults)
    if (faults) std::printf("%s\n", fault.c_str());
  return 0;
}
