# Imported targets for what the libraries stand on. Each message names the Debian package.
find_package(PkgConfig REQUIRED)

function(gnn_need target package)
  pkg_check_modules(${target} REQUIRED IMPORTED_TARGET ${package})
endfunction()

# OpenBLAS, its OpenMP build, by folder: where several builds are installed the
# alternatives system prefers the pthread one, which fights with OpenMP loops.
find_library(GNN_OPENBLAS_LIBRARY NAMES openblas
  PATH_SUFFIXES openblas-openmp x86_64-linux-gnu/openblas-openmp aarch64-linux-gnu/openblas-openmp
  NO_CMAKE_PATH PATHS /usr/lib /usr/lib/x86_64-linux-gnu /usr/lib/aarch64-linux-gnu
  NO_DEFAULT_PATH REQUIRED)
find_path(GNN_OPENBLAS_INCLUDE NAMES cblas.h
  PATHS /usr/include/x86_64-linux-gnu/openblas-openmp /usr/include/aarch64-linux-gnu/openblas-openmp
  NO_DEFAULT_PATH REQUIRED)
get_filename_component(GNN_OPENBLAS_FOLDER ${GNN_OPENBLAS_LIBRARY} DIRECTORY)
add_library(gnn_openblas INTERFACE IMPORTED)
target_include_directories(gnn_openblas INTERFACE ${GNN_OPENBLAS_INCLUDE})
target_link_libraries(gnn_openblas INTERFACE ${GNN_OPENBLAS_LIBRARY})
# The run path makes the OpenMP flavour the one that is loaded.
list(APPEND CMAKE_BUILD_RPATH ${GNN_OPENBLAS_FOLDER})
list(APPEND CMAKE_INSTALL_RPATH ${GNN_OPENBLAS_FOLDER})

if(GNN_OPENMP)
  find_package(OpenMP REQUIRED COMPONENTS C)
endif()

gnn_need(libcjson libcjson)
gnn_need(libxxhash libxxhash)
gnn_need(zlib zlib)
gnn_need(libzstd libzstd)
find_path(GNN_RANDOM123_INCLUDE Random123/philox.h REQUIRED)
