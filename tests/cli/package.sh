#!/bin/sh
# An installed copy serves other projects: C through pkg-config, shared and static; C and C++
# through find_package. Everywhere the OpenMP build of OpenBLAS is the one that is loaded.
set -eu
[ "$GNN_PLAIN" = ON ] || exit 77 # sanitizers want their flags in the user's program, too
prefix=$SCRATCH/prefix
cmake --install "$GNN_BUILD_DIR" --prefix "$prefix" >install.log
config=$(find "$prefix" -name 'gnn*-config.cmake')
pc=$(dirname "$(find "$prefix" -name 'gnn.pc' -o -name 'gnn-double.pc' | head -n 1)")
suffix=
[ ! -f "$pc/gnn-double.pc" ] || suffix=-double
export PKG_CONFIG_PATH="$pc"
libdir=$(pkg-config --variable=libdir "gnn$suffix")

# What quickstart builds is all that is installed, without tests and benchmarks.
! grep -q -e 'cmake --build .*-t ' "$GNN_SOURCE_DIR/quickstart" || {
    echo "quickstart builds some targets only"
    exit 1
}
# shellcheck disable=SC2046 # options are words
cmake -G Ninja -S "$GNN_SOURCE_DIR" -B quick \
    $(grep -o -e '-DGNN_BUILD_[A-Z]*=OFF' "$GNN_SOURCE_DIR/quickstart") >quick.log
ninja -C quick -t commands all >commands
made="bin/gnn libgnn.so libgnn.a libdatasets.so libdatasets.a"
[ -z "$(find "$prefix" -name igraph.so)" ] || made="$made igraph.so"
for name in $made; do
    grep -qF "$name" commands || { echo "quickstart does not build $name"; exit 1; }
done
! grep -qE ' -c [^ ]*/(tests|bench)/' commands || { echo "quickstart builds tests"; exit 1; }

cat >app.c <<'END'
#include <gnn/gnn.h>
#include <stdio.h>

int main(void) {
    gnn_context *ctx = NULL;
    if (gnn_context_new(1, 0, &ctx) != GNN_OK) return 1;
    printf("%s %s\n", GNN_VERSION, gnn_isa());
    gnn_context_free(ctx);
    return 0;
}
END
cp app.c app.cpp
cat >readers.c <<'END'
#include <datasets/triples.h>

int main(void) {
    data_triple_sets sets = {0};
    data_triple_sets_clear(&sets);
    return 0;
}
END

# uses PROGRAM: it runs, and what it loads is OpenBLAS's OpenMP build.
uses() {
    "$1" | grep -q '^[0-9.]* [a-z0-9]*$' || { echo "$1 says $("$1")"; exit 1; }
    ldd "$1" | grep -q 'openblas-openmp/libopenblas' || {
        echo "$1 loads another OpenBLAS:"
        ldd "$1"
        exit 1
    }
}

# shellcheck disable=SC2046 # flags are words
{
    "$GNN_CC" app.c -o shared $(pkg-config --cflags --libs "gnn$suffix") "-Wl,-rpath,$libdir"
    "$GNN_CC" app.c -o static $(pkg-config --cflags --libs "gnn-static$suffix")
    "$GNN_CC" readers.c -o readers $(pkg-config --cflags --libs "gnn-datasets$suffix") \
        "-Wl,-rpath,$libdir"
}
uses ./shared
uses ./static
./readers
ldd ./shared | grep -q "libgnn$suffix.so.0 => $prefix" || { echo "shared is not"; exit 1; }
! ldd ./static | grep -q libgnn || { echo "static is not"; exit 1; }

cat >CMakeLists.txt <<END
cmake_minimum_required(VERSION 3.25)
project(user LANGUAGES C CXX)
find_package(gnn$suffix 0.1 REQUIRED)
add_executable(one app.c)
target_link_libraries(one PRIVATE gnn::gnn)
add_executable(two app.c)
target_link_libraries(two PRIVATE gnn::static)
add_executable(three app.cpp)
target_link_libraries(three PRIVATE gnn::gnn)
END
cmake -G Ninja -S . -B user -DCMAKE_PREFIX_PATH="$prefix" >user.log
cmake --build user >>user.log
for program in one two three; do uses user/$program; done

"$prefix/bin/gnn" list models >models
grep -q '^gcn' models
echo "found through $config and $pc"
