# embed_schemas(OUTPUT FILES...): writes a source file that defines embedded_schemas().
# The bytes come in by .incbin: no escaping, no limit on literals, and a changed file only re-runs the assembler.
function(embed_schemas output)
  set(assembly "")
  set(declarations "")
  set(rows "")
  set(index 0)
  foreach(file IN LISTS ARGN)
    get_filename_component(name ${file} NAME)
    string(APPEND assembly
      "  \"overreach_schema_${index}: .incbin \\\"${file}\\\"\\n\"\n  \"overreach_schema_${index}_end: .byte 0\\n\"\n"
      "  \".globl overreach_schema_${index}, overreach_schema_${index}_end\\n\"\n")
    string(APPEND declarations "extern const char overreach_schema_${index}[], overreach_schema_${index}_end[];\n")
    string(APPEND rows
      "      {\"${name}\", {overreach_schema_${index},"
      " static_cast<std::size_t>(overreach_schema_${index}_end - overreach_schema_${index})}},\n")
    math(EXPR index "${index} + 1")
  endforeach()
  file(CONFIGURE OUTPUT ${output} @ONLY CONTENT
"// Written by rules/catalog/embed_schemas.cmake.
#include \"rules/catalog/embedded_schemas.h\"

asm(
  \".pushsection .rodata\\n\"
${assembly}  \".popsection\\n\");

extern \"C\" {
${declarations}}

namespace overreach {
std::span<const EmbeddedSchema> embedded_schemas() {
  static const EmbeddedSchema schemas[] = {
${rows}  };
  return schemas;
}
}  // namespace overreach
")
  set_property(SOURCE ${output} PROPERTY OBJECT_DEPENDS ${ARGN})
endfunction()
