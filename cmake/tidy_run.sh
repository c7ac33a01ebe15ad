#!/bin/sh
# tidy_run.sh BUILD JOBS: clang-tidy over every source of the libraries and the program.
set -eu
build=$1 jobs=$2
# core/parallel.c is left out: it includes gcc's omp.h, which clang cannot read.
find libgnn embed datasets cli -name '*.c' 2>/dev/null | grep -v 'core/parallel\.c$' | sort |
    xargs -P "$jobs" -n 4 clang-tidy -p "$build" --quiet 2>/dev/null
