// What is promised of purpose as a whole: few wrong needs, few missed ones, and never "needs nothing" by mistake.
#include <catch2/catch.hpp>

#include "rules/catalog/catalog.h"
#include "tests/purpose/score.h"

namespace overreach::testing {

TEST_CASE("purpose is right about enough annotated code", "[purpose]") {
  const Catalog catalog;
  const Scores scores = score_fixtures(catalog);
  for (const std::string& fault : scores.faults) UNSCOPED_INFO(fault);
  CHECK(scores.total.fixtures >= 300);
  CHECK(scores.total.silent == 0);
  CHECK(scores.total.precision() >= 0.95);
  CHECK(scores.total.recall() >= 0.85);
}

TEST_CASE("a score counts what was found, missed and made up", "[purpose]") {
  Score one;
  CHECK(one.precision() == 1.0);
  CHECK(one.recall() == 1.0);
  one.right = 3;
  one.wrong = 1;
  one.missed = 2;
  CHECK(one.precision() == 0.75);
  CHECK(one.recall() == 0.6);
  Score sum;
  sum.add(one);
  sum.add(one);
  CHECK(sum.right == 6);
  CHECK(sum.precision() == 0.75);
}

}  // namespace overreach::testing
