# Install rules: the program, both kinds of each library, public headers, and how other
# projects find them: pkg-config files and a CMake package.
#
#   pkg-config gnn, gnn-datasets, gnn-embed      shared libraries
#   pkg-config gnn-static, gnn-embed-static ...  static ones, with all that they stand on
#   find_package(gnn)                            gnn::gnn, gnn::static, gnn::embed ...
include(CMakePackageConfigHelpers)
set(gnn_package gnn${GNN_LIBRARY_SUFFIX})
set(gnn_cmake_folder ${CMAKE_INSTALL_LIBDIR}/cmake/${gnn_package})

set_target_properties(gnn_static PROPERTIES EXPORT_NAME static)
set_target_properties(gnn_shared PROPERTIES EXPORT_NAME gnn)
install(TARGETS gnn_static EXPORT gnn-static-targets)
install(TARGETS gnn_shared EXPORT gnn-shared-targets)
install(DIRECTORY libgnn/include/gnn TYPE INCLUDE FILES_MATCHING PATTERN "*.h")
install(FILES ${PROJECT_BINARY_DIR}/libgnn/include/gnn/config.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/gnn)
if(TARGET datasets_static)
  set_target_properties(datasets_shared PROPERTIES
    INSTALL_RPATH "$ORIGIN;${GNN_OPENBLAS_FOLDER}")
  install(TARGETS datasets_static EXPORT gnn-static-targets)
  install(TARGETS datasets_shared EXPORT gnn-shared-targets)
  install(DIRECTORY datasets/include/datasets TYPE INCLUDE FILES_MATCHING PATTERN "*.h")
endif()
set_target_properties(embed_shared PROPERTIES
  INSTALL_RPATH "$ORIGIN;${GNN_OPENBLAS_FOLDER}")
install(TARGETS embed_static EXPORT gnn-static-targets)
install(TARGETS embed_shared EXPORT gnn-shared-targets)
install(DIRECTORY embed/include/embed TYPE INCLUDE FILES_MATCHING PATTERN "*.h")
if(TARGET gnn_cli)
  install(TARGETS gnn_cli)
endif()

# gnn_pkgconfig(file "description" "Requires" "Libs" "Requires.private" "Libs.private")
# The prefix is found from the place of the file, so that an installed tree can be moved.
function(gnn_pkgconfig file description requires libs requires_private libs_private)
  file(RELATIVE_PATH up ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
  string(REGEX REPLACE "/$" "" up ${up})
  configure_file(cmake/package.pc.in ${PROJECT_BINARY_DIR}/${file}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${file}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()

set(s "${GNN_LIBRARY_SUFFIX}")
set(below "-L${GNN_OPENBLAS_FOLDER} -lopenblas -Wl,-rpath,${GNN_OPENBLAS_FOLDER} ${OpenMP_C_FLAGS} -lm")
gnn_pkgconfig(gnn${s} "${PROJECT_DESCRIPTION}"
  "" "-L\${libdir} -lgnn${s}" "libcjson libxxhash" "${below}")
gnn_pkgconfig(gnn-static${s} "${PROJECT_DESCRIPTION} (static)"
  "libcjson libxxhash" "-L\${libdir} -l:libgnn${s}.a ${below}" "" "")
if(TARGET datasets_static)
  gnn_pkgconfig(gnn-datasets${s} "Readers of graph files for gnn"
    "gnn${s}" "-L\${libdir} -ldatasets${s}" "zlib libzstd libxxhash" "-lm")
  gnn_pkgconfig(gnn-datasets-static${s} "Readers of graph files for gnn (static)"
    "gnn-static${s} zlib libzstd libxxhash" "-L\${libdir} -l:libdatasets${s}.a -lm" "" "")
endif()

gnn_pkgconfig(gnn-embed${s} "Vectors of entities and relations, trained from triples"
  "gnn${s}" "-L\${libdir} -lembed${s}" "" "-lm")
gnn_pkgconfig(gnn-embed-static${s} "Vectors of entities and relations (static)"
  "gnn-static${s}" "-L\${libdir} -l:libembed${s}.a -lm" "" "")

foreach(kind shared static)
  install(EXPORT gnn-${kind}-targets NAMESPACE gnn:: DESTINATION ${gnn_cmake_folder})
endforeach()
configure_package_config_file(cmake/gnn-config.cmake.in
  ${PROJECT_BINARY_DIR}/${gnn_package}-config.cmake INSTALL_DESTINATION ${gnn_cmake_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/${gnn_package}-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/${gnn_package}-config.cmake
  ${PROJECT_BINARY_DIR}/${gnn_package}-config-version.cmake DESTINATION ${gnn_cmake_folder})
