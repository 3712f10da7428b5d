# share/doc/vouchd/vouchd.spdx.json: what is linked statically into the programs, by the linker's own maps (see the script sbom).
# Of what is shipped only: a Debug build is for those who work on it.
option(VOUCH_SBOM "Write an SPDX document of what is linked statically; needs python3 and the map of GNU ld" ON)
if(NOT VOUCH_SBOM OR NOT VOUCH_SHIMS_ARE_STATIC OR CMAKE_BUILD_TYPE STREQUAL Debug)
  return()
endif()
find_program(VOUCH_PYTHON3 python3 PATHS /usr/bin NO_DEFAULT_PATH)
find_program(VOUCH_PYTHON3 python3 REQUIRED)

set(maps ${PROJECT_BINARY_DIR}/maps)
file(MAKE_DIRECTORY ${maps})
set(programs_and_maps "")
foreach(target vouchd vouchctl_program ${VOUCH_SHIMS})
  target_link_options(${target} PRIVATE LINKER:-Map,${maps}/${target}.map)
  if(target STREQUAL vouchctl_program)
    set(folder ${CMAKE_INSTALL_LIBEXECDIR}/vouch)
  else()
    set(folder ${CMAKE_INSTALL_BINDIR})
  endif()
  list(APPEND programs_and_maps ${folder}/$<TARGET_FILE_NAME:${target}>=${maps}/${target}.map)
endforeach()

set(document ${PROJECT_BINARY_DIR}/vouchd.spdx.json)
add_custom_command(
  OUTPUT ${document}
  COMMAND ${VOUCH_PYTHON3} ${CMAKE_CURRENT_LIST_DIR}/sbom --version ${PROJECT_VERSION} --epoch ${VOUCH_SOURCE_DATE_EPOCH}
          --build ${PROJECT_BINARY_DIR} --output ${document} ${programs_and_maps}
  DEPENDS ${CMAKE_CURRENT_LIST_DIR}/sbom vouchd vouchctl_program ${VOUCH_SHIMS}
  VERBATIM)
add_custom_target(vouch_sbom ALL DEPENDS ${document})
add_dependencies(programs vouch_sbom)
install(FILES ${document} DESTINATION share/doc/vouchd)
