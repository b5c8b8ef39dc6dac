# overreach_library(name SOURCES... LINK...): one library per folder, with the shared options.
function(overreach_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC overreach_options ${ARG_LINK} PRIVATE ${ARG_PRIVATE_LINK})
endfunction()
