// The least privilege that a need asks for, as the provider spells it.
#pragma once

#include <string>
#include <vector>

#include "detectors/model/need.h"
#include "rules/catalog/provider.h"

namespace overreach {

/// A word of the provider's for a part of a need: a scope, a permission, an action, a privilege.
struct LeastWord {
  std::string word;
  std::vector<std::string> serves;  // the capabilities it is asked for; sorted
  std::vector<std::string> brings;  // capabilities that come with it and nothing needs; sorted
  std::vector<Where> places;        // where it is needed; one that is everywhere stands alone
  std::vector<std::string> on;      // tables, where the code names every one of them; sorted
};

/// What a person asks the provider for. Weak reasons (a test, a document) count: a narrower credential that breaks a
/// test is taken back the day after.
struct LeastPrivilege {
  std::string form;  // notation of `paste`: LeastSpec::form; "scopes" where the provider file says none
  const NarrowerKind* kind = nullptr;  // narrowest kind of token that covers the need; null: none is known. Borrowed.
  std::string kind_title;              // of `kind`, or empty
  bool by_verb = true;                 // false: no words can narrow it, only the kind
  std::vector<LeastWord> words;        // sorted
  std::vector<std::string> unsaid;     // needed capabilities for which the provider has no word that we know; sorted
  std::string paste;                   // all words in the provider's notation; empty when there is none
  std::vector<std::string> notes;      // sentences about what `paste` leaves open
};

/// `need` without grants gives no words: then nothing is needed, or nothing is known, and need.confidence tells which.
LeastPrivilege least_privilege(const Need& need, const Provider& provider);

/// The words without the rest: for a need that is known by its capabilities only.
std::vector<std::string> least_words(const std::vector<std::string>& capabilities, const Provider& provider);

}  // namespace overreach
