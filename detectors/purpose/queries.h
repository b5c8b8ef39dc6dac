// The grammars and the embedded queries of rules/languages.
#pragma once

#include <string>
#include <string_view>

#include "detectors/purpose/syntax.h"

namespace overreach::purpose {

/// The text of rules/languages/<name>.scm, embedded at build time.
std::string_view query_text(std::string_view name);

/// A grammar and what to ask of its trees. Compiled once per process.
struct Grammar {
  const TSLanguage* language;
  Query query;
};
/// `name`: bash, javascript, typescript, tsx, python, go, ruby, java, php, terraform, yaml.
const Grammar& grammar(std::string_view name);

/// The query of a grammar, all its files together; for the test that compiles every one.
std::string full_query(std::string_view name);

}  // namespace overreach::purpose
