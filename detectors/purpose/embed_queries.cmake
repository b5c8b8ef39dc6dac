# cmake -DOUT=file.cc -DFILES=a.scm;b.scm -P embed_queries.cmake: the queries as string literals.
set(body "")
foreach(file IN LISTS FILES)
  get_filename_component(name ${file} NAME_WE)
  file(READ ${file} text)
  string(APPEND body "  if (name == \"${name}\") return R\"scm(${text})scm\";\n")
endforeach()
file(WRITE ${OUT}
"#include \"detectors/purpose/queries.h\"

namespace overreach::purpose {

std::string_view query_text(std::string_view name) {
${body}  return {};
}

}  // namespace overreach::purpose
")
