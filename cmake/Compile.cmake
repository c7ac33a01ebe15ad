# gnn_compile(target): what every target of the project is compiled with.
# gnu17, not c17: with -std=c17 gcc 12 contracts no multiply-add on vector types.
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_FLAGS_RELEASE "-O3 -g1")
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(GNN_REAL_DOUBLE)
  set(GNN_LIBRARY_SUFFIX "-double")
else()
  set(GNN_LIBRARY_SUFFIX "")
endif()

add_library(gnn_flags INTERFACE)
target_compile_options(gnn_flags INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes
  -fno-math-errno -fno-trapping-math)
if(GNN_WERROR)
  target_compile_options(gnn_flags INTERFACE -Werror)
endif()
if(GNN_SANITIZE)
  target_compile_options(gnn_flags INTERFACE -fsanitize=address,undefined
    -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(gnn_flags INTERFACE -fsanitize=address,undefined)
endif()
if(GNN_COVERAGE)
  target_compile_options(gnn_flags INTERFACE --coverage)
  target_link_options(gnn_flags INTERFACE --coverage)
endif()
if(GNN_FUZZ)
  target_compile_options(gnn_flags INTERFACE -fsanitize=fuzzer-no-link,address,undefined)
  target_link_options(gnn_flags INTERFACE -fsanitize=address,undefined)
endif()
target_compile_definitions(gnn_flags INTERFACE _GNU_SOURCE)

function(gnn_compile target)
  target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:gnn_flags>)
endfunction()
