#!/bin/sh
# check_includes_test.sh CHECKER: plants offences in a small tree and wants each of them told.
checker=$1
tree=$(mktemp -d) || exit 2
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree/libgnn/core" "$tree/libgnn/ops" "$tree/libgnn/include/gnn" \
    "$tree/datasets/text" "$tree/embed/tables" "$tree/cli"
failed=0

# expect WANTED FILE LINE: a tree that holds LINE in FILE is right (ok) or wrong (bad).
expect() {
    printf '%s\n' "$3" >"$tree/$2"
    if sh "$checker" "$tree" >"$tree/said"; then got=ok; else got=bad; fi
    if [ $got != "$1" ]; then
        echo "$2 with '$3' was found $got, not $1"
        failed=1
    elif [ $got = bad ] && ! grep -q "^$2:1: " "$tree/said"; then
        echo "$2 with '$3' is not told by file and line"
        failed=1
    fi
    rm -f "$tree/$2"
}

expect ok libgnn/ops/a.c '#include "core/alloc.h"'
expect ok libgnn/ops/a.c '#include "ops/ops.h"'
expect bad libgnn/core/a.c '#include "ops/ops.h"'
expect bad libgnn/core/a.c '#include "../ops/ops.h"'
expect bad libgnn/core/a.c '#  include <datasets/datasets.h>'
expect bad libgnn/ops/a.c '#include <omp.h>'
expect bad libgnn/ops/a.inc '#pragma omp parallel for'
expect ok libgnn/core/parallel.c '#include <omp.h>'
expect bad libgnn/include/gnn/a.h '#include "core/alloc.h"'
expect ok libgnn/include/gnn/a.h '#include <gnn/status.h>'
expect ok datasets/text/a.c '#include <gnn/status.h>'
expect ok datasets/text/a.c '#include "core/alloc.h"'
expect bad datasets/text/a.c '#include "tensor/tape.h"'
expect bad datasets/text/a.c '#include <embed/table.h>'
expect bad datasets/text/a.c '#include <igraph.h>'
expect bad embed/tables/a.c '#include <datasets/datasets.h>'
expect ok cli/a.c '#include <datasets/datasets.h>'
expect bad cli/a.c '#include "train/loop.h"'
exit $failed
