#include "detectors/purpose/queries.h"

#include <cassert>

extern "C" {
const TSLanguage* tree_sitter_bash(void);
const TSLanguage* tree_sitter_javascript(void);
const TSLanguage* tree_sitter_typescript(void);
const TSLanguage* tree_sitter_tsx(void);
const TSLanguage* tree_sitter_python(void);
const TSLanguage* tree_sitter_go(void);
const TSLanguage* tree_sitter_ruby(void);
const TSLanguage* tree_sitter_java(void);
const TSLanguage* tree_sitter_php(void);
const TSLanguage* tree_sitter_hcl(void);
const TSLanguage* tree_sitter_yaml(void);
}

namespace overreach::purpose {

std::string full_query(std::string_view name) {
  if (name == "javascript") return std::string(query_text("ecmascript")) + std::string(query_text("javascript"));
  if (name == "typescript" || name == "tsx")
    return std::string(query_text("ecmascript")) + std::string(query_text("typescript"));
  return std::string(query_text(name));
}

// One static per grammar: a run that reads only shell never compiles the query of TypeScript.
const Grammar& grammar(std::string_view name) {
  const auto make = [](const TSLanguage* language, std::string_view of) {
    return Grammar{language, Query(language, full_query(of))};
  };
  if (name == "bash") {
    static const Grammar bash = make(tree_sitter_bash(), "bash");
    return bash;
  }
  if (name == "javascript") {
    static const Grammar javascript = make(tree_sitter_javascript(), "javascript");
    return javascript;
  }
  if (name == "typescript") {
    static const Grammar typescript = make(tree_sitter_typescript(), "typescript");
    return typescript;
  }
  if (name == "tsx") {
    static const Grammar tsx = make(tree_sitter_tsx(), "tsx");
    return tsx;
  }
  if (name == "python") {
    static const Grammar python = make(tree_sitter_python(), "python");
    return python;
  }
  if (name == "go") {
    static const Grammar go = make(tree_sitter_go(), "go");
    return go;
  }
  if (name == "ruby") {
    static const Grammar ruby = make(tree_sitter_ruby(), "ruby");
    return ruby;
  }
  if (name == "java") {
    static const Grammar java = make(tree_sitter_java(), "java");
    return java;
  }
  if (name == "php") {
    static const Grammar php = make(tree_sitter_php(), "php");
    return php;
  }
  if (name == "terraform") {
    static const Grammar terraform = make(tree_sitter_hcl(), "terraform");
    return terraform;
  }
  assert(name == "yaml");
  static const Grammar yaml = make(tree_sitter_yaml(), "yaml");
  return yaml;
}

}  // namespace overreach::purpose
