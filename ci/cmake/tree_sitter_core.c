/* tree-sitter, with room for what scanners of grammars write too much: those of YAML and bash check for the end of
 * the 1024 bytes they are given before they write an entry, not after it, and hostile input gets some bytes past it. */
#include <tree_sitter/api.h> /* before parser.h, which declares a part of it otherwise */

#include "parser.h"
#undef TREE_SITTER_SERIALIZATION_BUFFER_SIZE
#define TREE_SITTER_SERIALIZATION_BUFFER_SIZE 2048

#include "lib.c"
