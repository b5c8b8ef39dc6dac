# tree-sitter itself comes from npm like its grammars: that of HCL is generated for ABI 15 only, and Debian 12's library
# (0.20.7) loads ABI 13 and 14. One core for all grammars; what it writes is C of somebody else, built like them.
set(tree_sitter_core ${OVERREACH_NPM}/tree-sitter/vendor/tree-sitter/lib)
if(NOT EXISTS ${tree_sitter_core}/src/lib.c)
  message(FATAL_ERROR "The core of tree-sitter is missing: ${tree_sitter_core}/src/lib.c. Run ./ci/setup once.")
endif()
add_library(tree_sitter_core STATIC ${CMAKE_CURRENT_LIST_DIR}/tree_sitter_core.c)
target_include_directories(tree_sitter_core PRIVATE ${tree_sitter_core}/src)
target_include_directories(tree_sitter_core SYSTEM PUBLIC ${tree_sitter_core}/include)
target_compile_definitions(tree_sitter_core PRIVATE _POSIX_C_SOURCE=200112L _DEFAULT_SOURCE)
target_compile_options(tree_sitter_core PRIVATE -O2 -w)
set_target_properties(tree_sitter_core PROPERTIES C_STANDARD 11 POSITION_INDEPENDENT_CODE ON)

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

overreach_grammar(hcl @tree-sitter-grammars/tree-sitter-hcl)
overreach_grammar(yaml @tree-sitter-grammars/tree-sitter-yaml)
overreach_grammar(ruby tree-sitter-ruby)
overreach_grammar(java tree-sitter-java)
overreach_grammar(php tree-sitter-php/php)
