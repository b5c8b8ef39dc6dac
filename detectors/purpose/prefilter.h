// What is looked for in files: the words by which each token could be used.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "detectors/model/token.h"
#include "detectors/purpose/needles.h"
#include "rules/catalog/provider.h"

namespace overreach::purpose {

/// What mentions one token or its provider; indexes into Needles.
struct Interest {
  std::set<std::uint32_t> names;         // the token itself
  std::set<std::uint32_t> words;         // hosts, variables, actions, packages of its provider
  std::set<std::uint32_t> variables;     // variables its provider's programs read, its own name among them
  std::set<std::uint32_t> own_programs;  // they can read the credential without being given it
  std::set<std::uint32_t> programs;      // all that its rows name: git, kubectl, ...
};

/// Names of a token: what it is assigned to at its sites.
std::vector<std::string> names_of(const Token& token);

/// Adds to `needles` what a token is used by. `provider` may be null. A token without names that lies where no
/// program is read (a key in a file of its own) has no interest: no code could be told to use it.
Interest interest_in(const Token& token, const Provider* provider, Needles& needles);

/// What a provider is used by, whoever's credential it is.
Interest interest_in(const Provider& provider, Needles& needles);

bool meet(const std::set<std::uint32_t>& a, const std::set<std::uint32_t>& b);

}  // namespace overreach::purpose
