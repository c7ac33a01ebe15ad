# Install rules: the program, both kinds of each library, public headers.
install(TARGETS gnn_static gnn_shared)
install(DIRECTORY libgnn/include/gnn TYPE INCLUDE FILES_MATCHING PATTERN "*.h")
install(FILES ${PROJECT_BINARY_DIR}/libgnn/include/gnn/config.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/gnn)
if(TARGET datasets_static)
  install(TARGETS datasets_static datasets_shared)
  install(DIRECTORY datasets/include/datasets TYPE INCLUDE FILES_MATCHING PATTERN "*.h")
endif()
if(TARGET gnn_cli)
  install(TARGETS gnn_cli)
endif()
