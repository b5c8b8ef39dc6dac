// Whether the rules find what their own examples say.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/catalog/provider.h"
#include "rules/catalog/sample.h"
#include "scanner/match/matcher.h"

namespace overreach {

/// What the whole pipeline, filters included, finds in a text: rule ids ("acme/personal-token").
using FindRules = std::function<std::vector<std::string>(std::string_view text)>;

/// How examples are tried. Filters and checksums lie in a room above this one, so the
/// caller brings them; without `find` only the matcher's word counts, and non-examples
/// that a filter would turn down are not judged.
struct ExampleTrial {
  FindRules find;
  Repair repair;
  unsigned seeds = 3;  // how many generated values each example is tried with
};

/// An expectation of a provider file that does not hold.
struct ExampleProblem {
  std::string rule;
  std::string pointer;  // "/tokens/0/examples/1", for LocatedJson::line
  std::string message;  // one sentence; never holds a generated value
};

/// Tries every rule of `provider`: both engines take its pattern, generated values are
/// found by themselves, each example is found, each non-example is not. `matcher` was
/// built from `patterns`, which hold at least this provider's. Deterministic.
std::vector<ExampleProblem> check_examples(const Provider& provider, std::span<const Pattern> patterns,
                                           const Matcher& matcher, const ExampleTrial& trial);

}  // namespace overreach
