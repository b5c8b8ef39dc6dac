# overreach_grammar(name directory): one tree-sitter grammar from an npm package as a static C library.
#
# The grammars are generated C of somebody else: built without our warnings and without sanitizers
# (seven thousand states under ASan cost minutes and find nothing of ours), always optimised.
function(overreach_grammar name directory)
  set(source ${OVERREACH_NPM}/${directory}/src)
  if(NOT EXISTS ${source}/parser.c)
    message(FATAL_ERROR
      "The tree-sitter grammar ${directory} is missing: ${source}/parser.c does not exist.\n"
      "Run ./ci/setup once; it installs the pinned npm packages under ci/npm/node_modules.")
  endif()
  set(files ${source}/parser.c)
  if(EXISTS ${source}/scanner.c)
    list(APPEND files ${source}/scanner.c)
  endif()
  add_library(grammar_${name} STATIC ${files})
  target_include_directories(grammar_${name} PRIVATE ${source})
  target_compile_options(grammar_${name} PRIVATE -O2 -w)
  set_target_properties(grammar_${name} PROPERTIES C_STANDARD 11 POSITION_INDEPENDENT_CODE ON)
endfunction()

overreach_grammar(bash tree-sitter-bash)
overreach_grammar(javascript tree-sitter-javascript)
overreach_grammar(typescript tree-sitter-typescript/typescript)
overreach_grammar(tsx tree-sitter-typescript/tsx)
overreach_grammar(python tree-sitter-python)
overreach_grammar(go tree-sitter-go)
overreach_grammar(yaml @tree-sitter-grammars/tree-sitter-yaml)
overreach_grammar(ruby tree-sitter-ruby)
overreach_grammar(java tree-sitter-java)
overreach_grammar(php tree-sitter-php/php)
